using Cass.Data;

namespace Cass.Training;

/// <summary>Whether the labelled images of fine-tuning are enough, of every class, and weighed by classes that there are.</summary>
internal sealed class LabelCheck(FineTuningOptions options, long seed, PlanFindings findings)
{
    private const int ListedClasses = 5;

    /// <summary>The images whose labels are used; null where there is none.</summary>
    public ImageDataset? Draw(ImageDataset train) =>
        LabeledSample.Draw(train, options.LabelFraction, options.StratifyLabelFraction, seed);

    /// <summary>Checks the training images.</summary>
    public void Check(ImageDataset train, ImageDataset? labeled, BatchRule rule, BatchCheck batches)
    {
        if (!train.IsLabeled)
        {
            findings.Problem("The training images have no labels; read them from folders named after their classes, or from a manifest with a column of targets.");
            return;
        }

        var share = options.LabelFraction;
        var more = share >= 1 || (labeled is not null && rule.Allows(labeled.Count) && !Missing(train, labeled).Any())
            ? null
            : ImageShare.Smallest(train, share, options.StratifyLabelFraction, seed, sample => rule.Allows(sample.Count) && !Missing(train, sample).Any());
        var raise = more is { } enough && findings.Names["FineTuning.LabelFraction"] is { } name ? $"raise {name} from {PlanFindings.Number(share)} to {PlanFindings.Number(enough)}" : null;
        if (labeled is null)
        {
            findings.Problem($"A label fraction of {PlanFindings.Number(share)} of {train.Count:N0} training images leaves no labelled image. {PlanFindings.Sentence(raise, "give more images")}");
            return;
        }

        batches.Check("Fine-tuning", "FineTuning", labeled.Count, share < 1 ? $" labelled image{(labeled.Count == 1 ? string.Empty : "s")}, {PlanFindings.Number(share)} of {train.Count:N0}" : string.Empty, raise, isRaiseNeeded: raise is not null && Missing(train, labeled).Any());
        Classes(train.Labels, labeled.ClassCounts, labeled.Count, train, raise);
    }

    /// <summary>Checks how many images there are of each class.</summary>
    public void Classes(LabelMap labels, IReadOnlyList<int> counts, int images, ImageDataset? train, string? more)
    {
        if (labels.Count < 2)
        {
            findings.Problem($"Fine-tuning needs at least two classes; the training images have one, '{labels[0]}'.");
            return;
        }

        int[] absent = [.. Enumerable.Range(0, labels.Count).Where(id => counts[id] == 0)];
        ClassWeightsOf(labels);
        if (absent.Length == 0)
        {
            return;
        }

        var isFraction = train is not null && options.LabelFraction < 1;
        var found = isFraction
            ? $", which are {PlanFindings.Number(options.LabelFraction)} of the {train!.Count:N0} training images ({string.Join(", ", absent.Take(ListedClasses).Select(id => $"{train.ClassCounts[id]:N0} of '{labels[id]}'"))})"
            : string.Empty;
        var none = $"{Named(labels, absent)} none of the {images:N0} labelled images{found}";
        var isWeighed = options is { ClassWeights: null, ClassWeighting: ClassWeighting.InverseFrequency };
        var isAlone = absent.Length >= labels.Count - 1 && train is { IsMultiLabel: false };
        if (!isWeighed && !isAlone)
        {
            findings.Warning($"{none}: it can be trained, but will hardly be predicted.");
            return;
        }

        var why = isWeighed ? $"; at least 1 is needed of each class, to weigh it by its frequency{(findings.Names["FineTuning.ClassWeighting"] is { } weighting ? $" ({weighting})" : string.Empty)}" : "; at least two classes are needed";
        var whole = train is null || isFraction || findings.Names["FineTuning.LabelFraction"] is not { } name ? null : $"as {name} is 1 already, leave the {(absent.Length == 1 ? "class" : "classes")} out";
        findings.Problem($"{none}{why}. {PlanFindings.Sentence(more ?? whole, $"add images of {(absent.Length == 1 ? "it" : "them")}", isWeighed && findings.Names["FineTuning.ClassWeights"] is { } weights ? $"set {weights}" : null)}");
    }

    /// <summary>Checks class weights that are given by name.</summary>
    public void ClassWeightsOf(LabelMap labels)
    {
        if (options.ClassWeights is not { } byName)
        {
            return;
        }

        var name = findings.Names["FineTuning.ClassWeights"] ?? "ClassWeights";
        if (byName.Keys.FirstOrDefault(key => !labels.TryGetId(key, out _)) is { } unknown)
        {
            findings.Problem($"{name} names the class '{unknown}'{NearestNames.Suggest(unknown, labels.Names)}; the classes are {labels}.");
        }

        if (labels.Names.FirstOrDefault(label => !byName.ContainsKey(label)) is { } missing)
        {
            findings.Problem($"{name} has no weight for the class '{missing}'; every class needs one.");
        }
    }

    /// <summary>The beginning of a sentence about classes.</summary>
    internal static string Named(LabelMap labels, int[] classes) => classes is [var only]
        ? $"The class '{labels[only]}' has"
        : $"The classes {string.Join(", ", classes.Take(ListedClasses).Select(id => $"'{labels[id]}'"))}{(classes.Length > ListedClasses ? $" and {classes.Length - ListedClasses} more" : string.Empty)} have";

    /// <summary>Classes that the training images have, and the sample of them has not.</summary>
    private static IEnumerable<int> Missing(ImageDataset train, ImageDataset sample) =>
        Enumerable.Range(0, train.Labels.Count).Where(id => sample.ClassCounts[id] == 0 && train.ClassCounts[id] > 0);
}
