namespace Cass.Metrics;

/// <summary>
/// Area under the receiver operating characteristic: for each label, the chance that a sample with it scores higher
/// than one without, ties counting half.
/// </summary>
/// <remarks>
/// From 0 to 1; 0.5 for guessing. Undefined for a label that all samples have, or none:
/// <see cref="RankingOptions.ZeroDivision"/> decides, by default leaving it out (NaN where nothing is left).
/// </remarks>
/// <param name="options">What is averaged; by default the classes, each counting the same.</param>
public sealed class Auroc(RankingOptions? options = null) : RankingMetric("AUROC", options ?? new RankingOptions())
{
    private protected override double Figure(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive) => RankedLabels.Auroc(scores, positive);
}
