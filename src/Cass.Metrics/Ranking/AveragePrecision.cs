namespace Cass.Metrics;

/// <summary>
/// Average precision: for each label, the sum over falling thresholds of precision times the gain in recall, without
/// interpolation; scikit-learn's <c>average_precision_score</c>.
/// </summary>
/// <remarks>
/// From 0 to 1; the label's frequency for guessing. Undefined for a label that no sample has:
/// <see cref="RankingOptions.ZeroDivision"/> decides, by default leaving it out (NaN where nothing is left).
/// scikit-learn counts 0 there, which is <see cref="ZeroDivision.Zero"/>.
/// </remarks>
/// <param name="options">What is averaged; by default the classes, each counting the same.</param>
public sealed class AveragePrecision(RankingOptions? options = null) : RankingMetric("average precision", options ?? new RankingOptions())
{
    private protected override double Figure(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive) => RankedLabels.AveragePrecision(scores, positive);
}
