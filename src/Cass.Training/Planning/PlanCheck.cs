using System.Globalization;
using Cass.Data;

namespace Cass.Training;

/// <summary>
/// Holds the images of a run against the settings and the networks: all that would end it later, or make its figures say less
/// than they seem to. Everything is gathered, so that it can be put right at once.
/// </summary>
internal sealed class PlanCheck
{
    private const int ListedClasses = 5;

    private readonly CassOptions options;
    private readonly (int Height, int Width) imageSize;
    private readonly SettingNames names;
    private readonly List<string> problems = [];
    private readonly List<string> warnings = [];

    public PlanCheck(CassOptions options, (int Height, int Width) imageSize, SettingNames names)
    {
        this.options = options;
        this.imageSize = imageSize;
        this.names = names;
    }

    /// <summary>Checks a plan.</summary>
    /// <param name="plan">The plan, with its networks.</param>
    /// <param name="cnn">The convolutional network that is pretrained.</param>
    /// <param name="transformer">The transformer that is pretrained.</param>
    /// <exception cref="CassInputException">The plan cannot be carried out; all that stands in its way is named.</exception>
    public CheckedPlan Run(RunPlan plan, Backbone cnn, Backbone transformer)
    {
        var networks = plan.Networks!;
        var pretraining = BatchRule.Of(options.Pretraining);
        var fineTuning = BatchRule.Of(options.FineTuning, networks);
        var labelled = plan.Train is null ? null : Labelled(plan.Train);
        var batches = new List<(string Section, BatchRule Rule, int Images)>();
        if (plan.Unlabelled is not null)
        {
            batches.Add(("Pretraining", pretraining, (int)(plan.Unlabelled.Count * options.Pretraining.ImageFraction)));
        }

        if (labelled is not null)
        {
            batches.Add(("FineTuning", fineTuning, labelled.Count));
        }

        if (plan.Unlabelled is { } unlabelled)
        {
            Pretraining(unlabelled.Count, pretraining, batches);
            problems.AddRange(CassMethod.Problem(cnn, transformer, options.Pretraining.Safeguard) is { } problem ? [problem] : []);
        }

        if (plan.Train is { } train)
        {
            Train(train, labelled, fineTuning, batches);
            foreach (var network in networks)
            {
                Network(network);
            }

            Validation(train, plan.Validation);
        }

        if (plan.Test is not null)
        {
            Test(plan.Train, plan.Test);
        }

        OneLabelAnImage(plan);

        Folders(plan);
        ThrowIfAny();
        return new CheckedPlan(labelled, warnings);
    }

    /// <summary>Checks what batches that the caller brings have in common with a plan.</summary>
    /// <exception cref="CassInputException">They cannot be trained on.</exception>
    public IReadOnlyList<string> Run(Backbone network, LabelMap labels, IReadOnlyList<int> classCounts, bool hasValidation)
    {
        Classes(labels, classCounts, classCounts.Sum(), train: null, more: null);
        Network(network);
        TunedThresholds(hasValidation);
        ThrowIfAny();
        return warnings;
    }

    /// <summary>Checks what a student is to learn from a teacher.</summary>
    /// <exception cref="CassInputException">It cannot; all that stands in its way is named.</exception>
    public CheckedPlan Run(Backbone student, ImageClassifier teacher, ChannelStatistics normalization, ImageDataset train, ImageDataset? validation)
    {
        Teacher(teacher, normalization);
        Batches("Distillation", "FineTuning", train.Count, string.Empty, [("FineTuning", BatchRule.Of(options.FineTuning, student), train.Count)], more: null);
        var labelled = train.IsLabeled ? Labelled(train) : null;
        if (train.IsLabeled && Agrees("training", train.Labels, teacher))
        {
            // The labels are a part of what is learned from: there may be fewer of them than a batch has images.
            var anyNumber = new BatchRule(BatchSize: 1, DropLast: false, NeedsStatistics: false);
            Train(train, labelled, anyNumber, [("FineTuning", anyNumber, labelled?.Count ?? 0)]);
            Validation(train, validation);
        }
        else
        {
            ClassWeightsOf(teacher.Labels);
            TunedThresholds(validation is not null);
            if (validation is { Count: 0 })
            {
                problems.Add("The validation dataset has no images; pass null to distil without validation.");
            }
            else if (validation is { IsLabeled: false })
            {
                problems.Add("The validation images have no labels, which the best epoch is chosen by; pass null to distil without validation.");
            }
            else if (validation is not null)
            {
                Agrees("validation", validation.Labels, teacher);
            }
        }

        Network(student);
        var plan = new RunPlan { Train = train, Validation = validation };
        OneLabelAnImage(plan);
        Folders(plan);
        ThrowIfAny();
        return new CheckedPlan(labelled, warnings);
    }

    /// <summary>Checks what a student that learns from the caller's batches has in common with its teacher.</summary>
    /// <exception cref="CassInputException">They do not fit.</exception>
    public IReadOnlyList<string> Run(Backbone student, ImageClassifier teacher, ChannelStatistics normalization, bool hasValidation)
    {
        Teacher(teacher, normalization);
        ClassWeightsOf(teacher.Labels);
        Network(student);
        TunedThresholds(hasValidation);
        ThrowIfAny();
        return warnings;
    }

    /// <summary>Whether a teacher takes the images that its student gets, and says of them what the student is to learn.</summary>
    private void Teacher(ImageClassifier teacher, ChannelStatistics normalization)
    {
        var (name, loss) = (teacher.Network.ModelName, names["FineTuning.Loss"]);
        if (teacher.Activation != options.FineTuning.Loss.Activation())
        {
            var isSoftmax = teacher.Activation == OutputActivation.Softmax;
            problems.Add(
                $"The teacher {name} gives probabilities by {(isSoftmax ? "a softmax" : "sigmoids")}, but {loss ?? "the loss of fine-tuning"} is {options.FineTuning.Loss}, on {(isSoftmax ? "sigmoids" : "a softmax")}. {Sentence(loss is null ? null : $"set {loss} to {(isSoftmax ? FineTuningLoss.CrossEntropy : FineTuningLoss.Focal)}", "train the teacher on the same kind of loss")}");
        }

        if ((teacher.ImageHeight, teacher.ImageWidth) != imageSize)
        {
            problems.Add($"The teacher {name} takes images of {teacher.ImageHeight}×{teacher.ImageWidth}; this trainer resizes them to {imageSize.Height}×{imageSize.Width}, and both get the same. {Sentence(names["Images.Height"] is { } height ? $"set {height}{(names["Images.Width"] is { } width ? $" and {width}" : string.Empty)}" : null, "train the teacher at that size")}");
        }

        if (!teacher.Normalization.Equals(normalization))
        {
            problems.Add($"The teacher {name} takes images normalised with {Described(teacher.Normalization)}; this trainer normalises with {Described(normalization)}, and both get the same. {Sentence(names["Images.Mean"] is { } mean ? $"set {mean}{(names["Images.Std"] is { } std ? $" and {std}" : string.Empty)}" : null, "train the teacher with the same")}");
        }
    }

    private static string Described(ChannelStatistics normalization) =>
        $"means of {string.Join(", ", normalization.Mean.Select(Number))} and deviations of {string.Join(", ", normalization.Std.Select(Number))}";

    private bool Agrees(string part, LabelMap labels, ImageClassifier teacher)
    {
        if (labels.Equals(teacher.Labels))
        {
            return true;
        }

        problems.Add($"The {part} images have other classes ({labels}) than the teacher ({teacher.Labels}); read them with the teacher's label map, or give images without labels.");
        return false;
    }

    private void ThrowIfAny()
    {
        if (problems.Count > 0)
        {
            throw new CassInputException(string.Join(" ", problems));
        }
    }

    private ImageDataset? Labelled(ImageDataset train)
    {
        var fineTuning = options.FineTuning;
        return LabelledSample.Draw(train, fineTuning.LabelFraction, fineTuning.StratifyLabelFraction, options.Seed);
    }

    private void Pretraining(int all, BatchRule rule, IReadOnlyList<(string Section, BatchRule Rule, int Images)> batches)
    {
        var share = options.Pretraining.ImageFraction;
        var count = (int)(all * share);
        string? raise = null;
        if (share < 1 && !rule.Allows(count) && names["Pretraining.ImageFraction"] is { } name)
        {
            raise = ImageShare.Candidates(all, share).Where(more => rule.Allows((int)(all * more))).Select(more => $"raise {name} from {Number(share)} to {Number(more)}").FirstOrDefault();
        }

        Batches("Pretraining", "Pretraining", count, share < 1 ? $", {Number(share)} of {all:N0}" : string.Empty, batches, raise);
    }

    private void Train(ImageDataset train, ImageDataset? labelled, BatchRule rule, IReadOnlyList<(string Section, BatchRule Rule, int Images)> batches)
    {
        if (!train.IsLabeled)
        {
            problems.Add("The training images have no labels; read them from folders named after their classes, or from a manifest with a column of targets.");
            return;
        }

        var share = options.FineTuning.LabelFraction;
        var more = share >= 1 || (labelled is not null && rule.Allows(labelled.Count) && !Missing(train, labelled).Any())
            ? null
            : ImageShare.Smallest(train, share, options.FineTuning.StratifyLabelFraction, options.Seed, sample => rule.Allows(sample.Count) && !Missing(train, sample).Any());
        var raise = more is { } enough && names["FineTuning.LabelFraction"] is { } name ? $"raise {name} from {Number(share)} to {Number(enough)}" : null;
        if (labelled is null)
        {
            problems.Add($"A label fraction of {Number(share)} of {train.Count:N0} training images leaves no labelled image. {Sentence(raise, "give more images")}");
            return;
        }

        Batches("Fine-tuning", "FineTuning", labelled.Count, share < 1 ? $" labelled image{(labelled.Count == 1 ? string.Empty : "s")}, {Number(share)} of {train.Count:N0}" : string.Empty, batches, raise, isRaiseNeeded: raise is not null && Missing(train, labelled).Any());
        Classes(train.Labels, labelled.ClassCounts, labelled.Count, train, raise);
    }

    /// <summary>Classes that the training images have, and the sample of them has not.</summary>
    private static IEnumerable<int> Missing(ImageDataset train, ImageDataset sample) =>
        Enumerable.Range(0, train.Labels.Count).Where(id => sample.ClassCounts[id] == 0 && train.ClassCounts[id] > 0);

    private void Batches(string phase, string section, int count, string of, IReadOnlyList<(string Section, BatchRule Rule, int Images)> all, string? more, bool isRaiseNeeded = false)
    {
        var rule = all.First(batch => string.Equals(batch.Section, section, StringComparison.Ordinal)).Rule;
        if (rule.Allows(count))
        {
            return;
        }

        // An option that sets the batches of both phases has to suit both.
        var size = names[$"{section}.BatchSize"];
        (BatchRule Rule, int Images)[] set =
        [
            .. all.Where(batch => string.Equals(names[$"{batch.Section}.BatchSize"], size, StringComparison.Ordinal))
                .OrderByDescending(batch => string.Equals(batch.Section, section, StringComparison.Ordinal))
                .Select(batch => (batch.Rule, batch.Images)),
        ];
        var other = size is not null && BatchRule.Nearest(set) is { } nearest ? $"{(nearest < rule.BatchSize ? "lower" : "raise")} {size} to {nearest}" : null;
        var drop = names[$"{section}.DropLast"] is { } dropLast ? $"set {dropLast}" : null;
        if (isRaiseNeeded)
        {
            // No other batches bring the classes that the labelled images lack.
            (other, drop) = (null, null);
        }

        problems.Add(rule.IsTooFew(count)
            ? $"{phase} with batches of {rule.BatchSize} needs at least as many images; there {(count == 1 ? "is" : "are")} {count:N0}{of}. {Sentence(other, more, "give more images")}"
            : $"{count:N0} images in batches of {rule.BatchSize} leave a last batch of one image in {phase.ToLowerInvariant()}, which has no batch statistics to learn from. {Sentence(drop, other, more, "give more images")}");
    }

    private void Classes(LabelMap labels, IReadOnlyList<int> counts, int images, ImageDataset? train, string? more)
    {
        if (labels.Count < 2)
        {
            problems.Add($"Fine-tuning needs at least two classes; the training images have one, '{labels[0]}'.");
            return;
        }

        int[] absent = [.. Enumerable.Range(0, labels.Count).Where(id => counts[id] == 0)];
        ClassWeightsOf(labels);
        if (absent.Length == 0)
        {
            return;
        }

        var isFraction = train is not null && options.FineTuning.LabelFraction < 1;
        var found = isFraction
            ? $", which are {Number(options.FineTuning.LabelFraction)} of the {train!.Count:N0} training images ({string.Join(", ", absent.Take(ListedClasses).Select(id => $"{train.ClassCounts[id]:N0} of '{labels[id]}'"))})"
            : string.Empty;
        var none = $"{Named(labels, absent)} none of the {images:N0} labelled images{found}";
        var isWeighed = options.FineTuning is { ClassWeights: null, ClassWeighting: ClassWeighting.InverseFrequency };
        var isAlone = absent.Length >= labels.Count - 1 && train is { IsMultiLabel: false };
        if (!isWeighed && !isAlone)
        {
            warnings.Add($"{none}: it can be trained, but will hardly be predicted.");
            return;
        }

        var why = isWeighed ? $"; at least 1 is needed of each class, to weigh it by its frequency{(names["FineTuning.ClassWeighting"] is { } weighting ? $" ({weighting})" : string.Empty)}" : "; at least two classes are needed";
        var whole = train is null || isFraction || names["FineTuning.LabelFraction"] is not { } name ? null : $"as {name} is 1 already, leave the {(absent.Length == 1 ? "class" : "classes")} out";
        problems.Add($"{none}{why}. {Sentence(more ?? whole, $"add images of {(absent.Length == 1 ? "it" : "them")}", isWeighed && names["FineTuning.ClassWeights"] is { } weights ? $"set {weights}" : null)}");
    }

    private void ClassWeightsOf(LabelMap labels)
    {
        if (options.FineTuning.ClassWeights is not { } byName)
        {
            return;
        }

        var name = names["FineTuning.ClassWeights"] ?? "ClassWeights";
        if (byName.Keys.FirstOrDefault(key => !labels.TryGetId(key, out _)) is { } unknown)
        {
            problems.Add($"{name} names the class '{unknown}'{NearestNames.Suggest(unknown, labels.Names)}; the classes are {labels}.");
        }

        if (labels.Names.FirstOrDefault(label => !byName.ContainsKey(label)) is { } missing)
        {
            problems.Add($"{name} has no weight for the class '{missing}'; every class needs one.");
        }
    }

    private void Network(Backbone network)
    {
        var input = network.Configuration;
        if (input.FixedInputSize && (input.InputHeight, input.InputWidth) != imageSize)
        {
            problems.Add(
                $"{network.ModelName} was made for images of {input.InputHeight}×{input.InputWidth}; this trainer resizes them to {imageSize.Height}×{imageSize.Width}. {Sentence(names["Images.Height"] is { } height ? $"set {height}{(names["Images.Width"] is { } width ? $" and {width}" : string.Empty)}" : null, "make the network for that size")}");
        }

        problems.AddRange(StageFreezing.Problem(network, options.FineTuning) is { } problem ? [problem] : []);
        try
        {
            _ = FineTuningRate.Of(options.FineTuning.LearningRate, network);
        }
        catch (CassInputException error)
        {
            problems.Add(error.Message);
        }
    }

    private void TunedThresholds(bool hasValidation)
    {
        if (options.FineTuning.TuneThresholds && !hasValidation)
        {
            problems.Add($"{names["FineTuning.TuneThresholds"] ?? "The tuning of thresholds"} needs validation images; pass some to FineTune, or leave thresholds as they are.");
        }
    }

    private void Validation(ImageDataset train, ImageDataset? validation)
    {
        TunedThresholds(validation is not null);
        if (validation is null || !train.IsLabeled)
        {
            return;
        }

        if (validation.Count == 0)
        {
            problems.Add("The validation dataset has no images; pass null to fine-tune without validation.");
        }
        else if (HasSameClasses("validation", train, validation) && Absent(train, validation) is { Length: > 0 } absent)
        {
            warnings.Add($"{Named(train.Labels, absent)} none of the {validation.Count:N0} validation images: the best epoch is chosen without {(absent.Length == 1 ? "it" : "them")}.");
        }
    }

    private void Test(ImageDataset? train, ImageDataset test)
    {
        if (test.Count == 0)
        {
            problems.Add("The test dataset has no images; leave it out, or give some.");
            return;
        }

        if (train is not { IsLabeled: true } || !HasSameClasses("test", train, test))
        {
            return;
        }

        if (Absent(train, test) is { Length: > 0 } absent)
        {
            warnings.Add($"{Named(train.Labels, absent)} none of the {test.Count:N0} test images: the scores say nothing of {(absent.Length == 1 ? "it" : "them")}, and means over classes count {(absent.Length == 1 ? "it" : "them")} as 0.");
        }

        if (test.Count == 1 || (test.IsGrouped && Enumerable.Range(1, test.Count - 1).All(i => string.Equals(test.GroupOf(i), test.GroupOf(0), StringComparison.Ordinal))))
        {
            warnings.Add($"{(test.Count == 1 ? "There is a single test image" : $"All {test.Count:N0} test images are of one group, '{test.GroupOf(0)}'")}: of it no confidence interval can be made, and the report has none.");
        }
    }

    /// <summary>Whether the images are what the loss is for: under a softmax each has exactly one label.</summary>
    private void OneLabelAnImage(RunPlan plan)
    {
        if (options.FineTuning.Loss.Activation() == OutputActivation.Sigmoid)
        {
            return;
        }

        var all = new (string Name, ImageDataset? Images)[] { ("training", plan.Train), ("validation", plan.Validation), ("test", plan.Test) };
        string[] parts = [.. all.Where(part => part.Images is { IsMultiLabel: true }).Select(part => part.Name)];
        if (parts.Length > 0)
        {
            var name = names["FineTuning.Loss"];
            problems.Add(
                $"The {string.Join(" and ", parts)} images may have several labels or none, but {name ?? "the loss of fine-tuning"} is {options.FineTuning.Loss}, for images with exactly one label each. {Sentence(name is null ? null : $"set {name} to {FineTuningLoss.Focal}, which decides each label on its own", "give images of one label each")}");
        }
    }

    private bool HasSameClasses(string part, ImageDataset train, ImageDataset images)
    {
        if (!images.IsLabeled)
        {
            problems.Add($"The {part} images have no labels; read them like the training images.");
            return false;
        }

        if (!images.Labels.Equals(train.Labels))
        {
            problems.Add($"The {part} images have other classes ({images.Labels}) than the training images ({train.Labels}); read both with one label map.");
            return false;
        }

        return true;
    }

    private static int[] Absent(ImageDataset train, ImageDataset part) =>
        [.. Enumerable.Range(0, train.Labels.Count).Where(id => part.ClassCounts[id] == 0 && train.ClassCounts[id] > 0)];

    private void Folders(RunPlan plan)
    {
        IReadOnlyList<IImageSource>?[] images = [plan.Unlabelled, plan.Train?.Images, plan.Validation?.Images, plan.Test?.Images];
        foreach (var (setting, folder) in ((string, string?)[])[("Checkpoints.Folder", options.Checkpoints.Folder), ("RecordFolder", options.RecordFolder), ("TensorBoardFolder", options.TensorBoardFolder)])
        {
            if (folder is not null && images.OfType<IReadOnlyList<IImageSource>>().Select(list => ImageDataset.FolderAround(list, folder)).FirstOrDefault(around => around is not null) is { } around)
            {
                problems.Add($"{names[setting] ?? setting} '{folder}' lies in '{around}', a folder of the images: what is written there may be read as images of a class. Choose a folder outside of it.");
            }
        }
    }

    private static string Named(LabelMap labels, int[] classes) => classes is [var only]
        ? $"The class '{labels[only]}' has"
        : $"The classes {string.Join(", ", classes.Take(ListedClasses).Select(id => $"'{labels[id]}'"))}{(classes.Length > ListedClasses ? $" and {classes.Length - ListedClasses} more" : string.Empty)} have";

    /// <summary>The ways out that there are, as a sentence.</summary>
    private static string Sentence(params IReadOnlyList<string?> ways)
    {
        var text = string.Join(", or ", ways.OfType<string>());
        return $"{char.ToUpperInvariant(text[0])}{text[1..]}.";
    }

    private static string Number(double value) => value.ToString("0.########", CultureInfo.InvariantCulture);
}
