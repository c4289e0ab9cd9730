using System.Globalization;

namespace Cass.Training;

/// <summary>The highest learning rate of a fine-tuning, and why it is this one.</summary>
/// <param name="Value">The rate.</param>
/// <param name="Reason">Why, as a clause that a sentence can end with.</param>
internal sealed record FineTuningRate(double Value, string Reason)
{
    private const double OfTransformers = 3e-4;
    private const double OfTrainedCnns = 1e-3;
    private const double OfOtherCnns = 2e-3;

    /// <summary>The rate that the options have, else the one that suits the network; the figures behind it are in docs/recipes.md.</summary>
    /// <exception cref="CassInputException">The rate that suits the network is below the lowest of the schedule.</exception>
    public static FineTuningRate Of(LearningRateOptions options, Backbone network)
    {
        if (options.Rate is { } given)
        {
            return new(given, "as FineTuning.LearningRate.Rate says");
        }

        var suited = (network.Kind, network.WeightOrigin) switch
        {
            (BackboneKind.Transformer, _) => new FineTuningRate(OfTransformers, "the default of transformers"),
            (_, WeightOrigin.Trained) => new(OfTrainedCnns, "the default of a CNN whose weights were trained before, of which a higher rate keeps less"),
            (_, WeightOrigin.SelfSupervised) => new(OfOtherCnns, "the default of a CNN that CASS pretrained from random weights"),
            _ => new(OfOtherCnns, "the default of a CNN with random weights"),
        };
        return options.Schedule == ScheduleKind.Constant || options.EtaMin <= suited.Value
            ? suited
            : throw new CassInputException(string.Create(
                CultureInfo.InvariantCulture,
                $"FineTuning.LearningRate.EtaMin is {options.EtaMin}, above the rate of {network.ModelName}, which is {suited.Value}, {suited.Reason}; lower EtaMin, or set FineTuning.LearningRate.Rate."));
    }
}
