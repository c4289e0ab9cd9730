using System.Globalization;
using Cass.Training;

namespace Cass.Quality.Benchmarks;

/// <summary>All settings of one measurement; each is a column of the results, and together they say which row is whose.</summary>
internal sealed record Cell
{
    /// <summary>The names of the settings' columns, in the order of <see cref="Values"/>.</summary>
    public static IReadOnlyList<string> Columns { get; } =
    [
        "images", "score", "trained_on", "method", "pretraining_epochs", "seed", "network", "cnn", "cnn_weights", "vit",
        "label_fraction", "rate", "fine_tuning_epochs", "fine_tuning_batch_size", "size", "normalization", "regularization", "ema_decay", "test_time_augmentation", "precision", "device", "threads",
    ];

    public required string Images { get; init; }

    public required ScoredPart Score { get; init; }

    public required TrainedPart TrainedOn { get; init; }

    public required PretrainingMethod Method { get; init; }

    public required int PretrainingEpochs { get; init; }

    public required long Seed { get; init; }

    public required FineTunedNetwork Network { get; init; }

    public required string Cnn { get; init; }

    public required string CnnWeights { get; init; }

    public required string Vit { get; init; }

    public required double LabelFraction { get; init; }

    public required double Rate { get; init; }

    public required int FineTuningEpochs { get; init; }

    public required int FineTuningBatchSize { get; init; }

    public required int Size { get; init; }

    public required InputNormalization Normalization { get; init; }

    public required Regularization Regularization { get; init; }

    public required double EmaDecay { get; init; }

    public required TestTimeAugmentation TestTimeAugmentation { get; init; }

    public required string Precision { get; init; }

    public required string Device { get; init; }

    public required int Threads { get; init; }

    /// <summary>The settings as they stand in the results.</summary>
    public IReadOnlyList<string> Values =>
    [
        Images, Lower(Score), Lower(TrainedOn), Method.Name, Text(PretrainingEpochs), Text(Seed), Lower(Network), Cnn, CnnWeights, Vit,
        Text(LabelFraction), Text(Rate), Text(FineTuningEpochs), Text(FineTuningBatchSize), Text(Size), Lower(Normalization), Lower(Regularization), Text(EmaDecay), Lower(TestTimeAugmentation), Precision, Device, Text(Threads),
    ];

    private static string Lower<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
