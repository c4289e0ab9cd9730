using Cass.Training;

namespace Study.Cells;

/// <summary>An epoch of pretraining, as results keep it.</summary>
/// <param name="Loss">Mean loss over its batches.</param>
/// <param name="Spread">By network, the spread of its embeddings; about 1 is healthy, near 0 they are all the same.</param>
/// <param name="Verdict">What the spread says.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="ImagesPerSecond">Images a second.</param>
internal sealed record PretrainingHistory(double Loss, IReadOnlyDictionary<string, double> Spread, string Verdict, double Seconds, double ImagesPerSecond)
{
    public static PretrainingHistory Of(PretrainingEpoch epoch) =>
        new(epoch.Loss, epoch.EmbeddingStd, epoch.Verdict?.ToString() ?? "not measured", Math.Round(epoch.Duration.TotalSeconds, 2), Math.Round(epoch.ImagesPerSecond, 2));
}
