namespace Cass.Training;

/// <summary>The batches of fine-tuning.</summary>
internal static class FineTuningBatches
{
    /// <summary>The rule of the fine-tuning of some networks.</summary>
    public static BatchRule Rule(this FineTuningOptions options, params IReadOnlyList<Backbone> networks) =>
        new(options.BatchSize, options.DropLast, networks.Any(network => StageFreezing.TrainsBatchNorm(network, options)));
}
