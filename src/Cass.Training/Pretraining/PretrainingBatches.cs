namespace Cass.Training;

/// <summary>The batches of pretraining.</summary>
internal static class PretrainingBatches
{
    public static BatchRule Rule(this PretrainingOptions options) => new(options.BatchSize, options.DropLast, NeedsStatistics: true);
}
