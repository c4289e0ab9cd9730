using System.Globalization;
using System.Reflection;
using Cass.Training;

namespace Cass.Quality.Benchmarks;

/// <summary>What came of one cell.</summary>
internal sealed record Measurement
{
    /// <summary>The names of the columns of what was measured, in the order of <see cref="Values"/>.</summary>
    public static IReadOnlyList<string> Columns { get; } =
    [
        "f1", "macro_f1", "accuracy", "scored_images", "verdict", "cnn_spread", "vit_spread", "pretraining_seconds", "fine_tuning_seconds", "version", "measured",
    ];

    public required EvaluationReport Report { get; init; }

    /// <summary>The last epoch of pretraining; null without pretraining.</summary>
    public required PretrainingEpoch? Pretraining { get; init; }

    public required TimeSpan PretrainingTime { get; init; }

    public required TimeSpan FineTuningTime { get; init; }

    /// <summary>The measurement as it stands in the results.</summary>
    public IReadOnlyList<string> Values =>
    [
        Text(Report.F1, "0.0000"),
        Text(Report.MacroF1, "0.0000"),
        Text(Report.Accuracy, "0.0000"),
        Text(Report.Images, "0"),
        Pretraining?.Verdict.ToString() ?? string.Empty,
        Text(Pretraining?.EmbeddingStd.Values.First(), "0.0000"),
        Text(Pretraining?.EmbeddingStd.Values.Last(), "0.0000"),
        Text(PretrainingTime.TotalSeconds, "0"),
        Text(FineTuningTime.TotalSeconds, "0"),
        typeof(CassTrainer).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion,
        DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
    ];

    private static string Text(IFormattable? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? string.Empty;
}
