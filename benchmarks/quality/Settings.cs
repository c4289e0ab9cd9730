using System.Globalization;
using Cass.Training;

namespace Cass.Quality.Benchmarks;

/// <summary>What is compared, and on what: every combination of the lists is a cell.</summary>
internal sealed record Settings
{
    public const string Usage = """
        usage: FOLDER [options]; FOLDER has a folder per class, and is divided into training, validation and test images.
          --score validation        or test: what is scored
          --trained-on training     or all, the validation part as well, with --score test
          --methods none,recommended
          --seeds 1,2,3             the same seed draws the same labels and initial weights after every method
          --networks cnn,vit        which are fine-tuned; both: the two as one classifier, the mean of their probabilities
          --rates 3e-4,1e-3,2e-3    learning rates of fine-tuning
          --label-fractions 0.1     shares of the training images whose labels are used
          --epochs 10               of pretraining
          --fine-tuning-epochs 15
          --fine-tuning-batch-size 16
          --size 64                 of the images
          --cnn resnet18            or resnet20, the network of the weights that benchmarks/quality/README.md names
          --cnn-weights FILE        what the CNN starts from; random weights without
          --vit vit_tiny_patch16_224
          --normalization brainmri  or imagenet
          --regularization none     or deit: mixup, CutMix and label smoothing in fine-tuning
          --ema-decay 0             of the moving average of the weights in fine-tuning, which is then scored; 0 for none
          --test-time-augmentation none   or horizontalflip, flips: views of an image whose probabilities are averaged in scoring
          --ensemble none           or seeds: scores the networks of all seeds as one classifier as well; with --checkpoints
          --precision float32       or bfloat16
          --checkpoints FOLDER      where trainings are saved, to go on after an interruption, or to score another part; nowhere without
          --output quality.csv      results are added to it; what is in it is not measured again
        """;

    public required ScoredPart Score { get; init; }

    public required TrainedPart TrainedOn { get; init; }

    public required IReadOnlyList<PretrainingMethod> Methods { get; init; }

    public required IReadOnlyList<long> Seeds { get; init; }

    public required IReadOnlyList<FineTunedNetwork> Networks { get; init; }

    public required IReadOnlyList<double> Rates { get; init; }

    public required IReadOnlyList<double> LabelFractions { get; init; }

    public required int Epochs { get; init; }

    public required int FineTuningEpochs { get; init; }

    public required int FineTuningBatchSize { get; init; }

    public required int Size { get; init; }

    public required string Cnn { get; init; }

    public required string? CnnWeights { get; init; }

    public required string Vit { get; init; }

    public required InputNormalization Normalization { get; init; }

    public required Regularization Regularization { get; init; }

    public required double EmaDecay { get; init; }

    public required TestTimeAugmentation TestTimeAugmentation { get; init; }

    /// <summary>Whether the networks of all seeds are scored as one classifier as well.</summary>
    public required bool SeedsTogether { get; init; }

    public required NumericPrecision Precision { get; init; }

    public required string? Checkpoints { get; init; }

    public required string Output { get; init; }

    public static Settings Parse(string[] arguments)
    {
        var options = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["--score"] = "validation",
            ["--trained-on"] = "training",
            ["--methods"] = "none,recommended",
            ["--seeds"] = "1,2,3",
            ["--networks"] = "cnn,vit",
            ["--rates"] = "3e-4,1e-3,2e-3",
            ["--label-fractions"] = "0.1",
            ["--epochs"] = "10",
            ["--fine-tuning-epochs"] = "15",
            ["--fine-tuning-batch-size"] = "16",
            ["--size"] = "64",
            ["--cnn"] = "resnet18",
            ["--cnn-weights"] = null,
            ["--vit"] = "vit_tiny_patch16_224",
            ["--normalization"] = "brainmri",
            ["--regularization"] = "none",
            ["--ema-decay"] = "0",
            ["--test-time-augmentation"] = "none",
            ["--ensemble"] = "none",
            ["--precision"] = "float32",
            ["--checkpoints"] = null,
            ["--output"] = "quality.csv",
        };
        for (var i = 0; i < arguments.Length; i += 2)
        {
            if (!options.ContainsKey(arguments[i]))
            {
                throw new CassInputException($"There is no option '{arguments[i]}'{NearestNames.Suggest(arguments[i], options.Keys, otherwise: ".")}");
            }

            options[arguments[i]] = i + 1 < arguments.Length ? arguments[i + 1] : throw new CassInputException($"{arguments[i]} has no value after it.");
        }

        IReadOnlyList<T> List<T>(string name, Func<string, string, T> parse) => [.. options[name]!.Split(',', StringSplitOptions.TrimEntries).Select(text => parse(name, text)).Distinct()];
        T One<T>(string name, Func<string, string, T> parse) => parse(name, options[name]!);
        var settings = new Settings
        {
            Score = One("--score", Choice<ScoredPart>),
            TrainedOn = One("--trained-on", Choice<TrainedPart>),
            Methods = List("--methods", static (_, text) => PretrainingMethod.Parse(text)),
            Seeds = List("--seeds", Seed),
            Networks = List("--networks", Choice<FineTunedNetwork>),
            Rates = List("--rates", Number),
            LabelFractions = List("--label-fractions", Number),
            Epochs = One("--epochs", Whole),
            FineTuningEpochs = One("--fine-tuning-epochs", Whole),
            FineTuningBatchSize = One("--fine-tuning-batch-size", Whole),
            Size = One("--size", Whole),
            Cnn = options["--cnn"]!,
            CnnWeights = options["--cnn-weights"],
            Vit = options["--vit"]!,
            Normalization = One("--normalization", Choice<InputNormalization>),
            Regularization = One("--regularization", Choice<Regularization>),
            EmaDecay = One("--ema-decay", Number),
            TestTimeAugmentation = One("--test-time-augmentation", Choice<TestTimeAugmentation>),
            SeedsTogether = One("--ensemble", static (name, text) => text is "seeds" || (text is "none" ? false : throw new CassInputException($"{name} has '{text}', which is none of none, seeds."))),
            Precision = One("--precision", Choice<NumericPrecision>),
            Checkpoints = options["--checkpoints"],
            Output = options["--output"]!,
        };
        return settings is { TrainedOn: TrainedPart.All, Score: ScoredPart.Validation }
            ? throw new CassInputException("--trained-on all trains on the validation images too, so it wants --score test.")
            : settings is { SeedsTogether: true, Checkpoints: null }
            ? throw new CassInputException("--ensemble seeds takes the trainings that are saved, and would train all of them again: give --checkpoints a folder.")
            : settings;
    }

    private static int Whole(string name, string text) => int.TryParse(text, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new CassInputException($"{name} has '{text}', which is not a whole number.");

    private static long Seed(string name, string text) => uint.TryParse(text, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new CassInputException($"{name} has '{text}'; seeds are whole numbers from 0 to 4294967295.");

    private static double Number(string name, string text) => double.TryParse(text, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new CassInputException($"{name} has '{text}', which is not a number.");

    private static T Choice<T>(string name, string text)
        where T : struct, Enum => Enum.TryParse<T>(text, ignoreCase: true, out var value) && Enum.IsDefined(value)
        ? value
        : throw new CassInputException($"{name} has '{text}', which is none of {string.Join(", ", Enum.GetNames<T>().Select(known => known.ToLowerInvariant()))}.");
}
