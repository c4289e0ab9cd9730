using Cass.Data;

namespace Cass.Training;

/// <summary>
/// Holds the images and networks of fine-tuning against its settings: all that would end it later, or make its figures say less
/// than they seem to.
/// </summary>
internal sealed class FineTuningCheck(FineTuningOptions options, RunOptions run, (int Height, int Width) imageSize, PlanFindings findings, DistributedRun? processes)
{
    private readonly LabelCheck labels = new(options, run.Seed, findings);
    private readonly PartCheck parts = new(options, findings);
    private readonly NetworkCheck network = new(options, imageSize, findings);

    /// <summary>The images whose labels are used; null where there is none.</summary>
    public ImageDataset? Labeled(ImageDataset train) => labels.Draw(train);

    /// <summary>The phase, for a check of all batches of a plan.</summary>
    public (string Section, BatchRule Rule, int Images) PhaseOf(ImageDataset labeled, IReadOnlyList<Backbone> networks) => ("FineTuning", options.Rule(networks).SharedBy(processes), labeled.Count);

    /// <summary>Checks fine-tuning as a part of a plan.</summary>
    public void Check(RunPlan plan, ImageDataset? labeled, IReadOnlyList<Backbone> networks, BatchCheck batches)
    {
        if (plan.Train is { } train)
        {
            labels.Check(train, labeled, options.Rule(networks).SharedBy(processes), batches);
            foreach (var each in networks)
            {
                network.Check(each);
            }

            parts.Validation(train, plan.Validation);
        }

        if (plan.Test is not null)
        {
            parts.Test(plan.Train, plan.Test);
        }

        parts.OneLabelAnImage(plan);
    }

    /// <summary>Checks a run that is fine-tuning alone.</summary>
    /// <exception cref="CassInputException">It cannot be carried out; all that stands in its way is named.</exception>
    public CheckedPlan Run(Backbone backbone, ImageDataset train, ImageDataset? validation)
    {
        var plan = new RunPlan { Train = train, Validation = validation };
        var labeled = Labeled(train);
        Check(plan, labeled, [backbone], new BatchCheck(findings, labeled is null ? [] : [PhaseOf(labeled, [backbone])]));
        new OutputFolderCheck(run, findings).Check(train.Images, validation?.Images);
        findings.ThrowIfAny();
        return new CheckedPlan(labeled, findings.Warnings);
    }

    /// <summary>Checks what batches that the caller brings have in common with the settings.</summary>
    /// <exception cref="CassInputException">They cannot be trained on.</exception>
    public void Run(Backbone backbone, LabelMap classes, IReadOnlyList<int> classCounts, bool hasValidation)
    {
        labels.Classes(classes, classCounts, classCounts.Sum(), train: null, more: null);
        network.Check(backbone);
        parts.TunedThresholds(hasValidation);
        findings.ThrowIfAny();
    }

    /// <summary>Checks what a student is to learn from a teacher.</summary>
    /// <exception cref="CassInputException">It cannot; all that stands in its way is named.</exception>
    public CheckedPlan Run(Backbone student, ImageClassifier teacher, ChannelStatistics normalization, ImageDataset train, ImageDataset? validation)
    {
        var ofTeacher = new TeacherCheck(options, imageSize, normalization, findings);
        ofTeacher.Check(teacher);
        new BatchCheck(findings, [("FineTuning", options.Rule(student).SharedBy(processes), train.Count)]).Check("Distillation", "FineTuning", train.Count, string.Empty, more: null);
        var labeled = train.IsLabeled ? Labeled(train) : null;
        if (train.IsLabeled && ofTeacher.Agrees("training", train.Labels, teacher))
        {
            // The labels are a part of what is learned from: there may be fewer of them than a batch has images.
            var anyNumber = new BatchRule(BatchSize: 1, DropLast: false, NeedsStatistics: false);
            labels.Check(train, labeled, anyNumber, new BatchCheck(findings, [("FineTuning", anyNumber, labeled?.Count ?? 0)]));
            parts.Validation(train, validation);
        }
        else
        {
            labels.ClassWeightsOf(teacher.Labels);
            parts.TunedThresholds(validation is not null);
            ofTeacher.Validation(teacher, validation);
        }

        network.Check(student);
        parts.OneLabelAnImage(new RunPlan { Train = train, Validation = validation });
        new OutputFolderCheck(run, findings).Check(train.Images, validation?.Images);
        findings.ThrowIfAny();
        return new CheckedPlan(labeled, findings.Warnings);
    }

    /// <summary>Checks what a student that learns from the caller's batches has in common with its teacher.</summary>
    /// <exception cref="CassInputException">They do not fit.</exception>
    public void Run(Backbone student, ImageClassifier teacher, ChannelStatistics normalization, bool hasValidation)
    {
        new TeacherCheck(options, imageSize, normalization, findings).Check(teacher);
        labels.ClassWeightsOf(teacher.Labels);
        network.Check(student);
        parts.TunedThresholds(hasValidation);
        findings.ThrowIfAny();
    }
}
