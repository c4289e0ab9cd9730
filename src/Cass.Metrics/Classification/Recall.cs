namespace Cass.Metrics;

/// <summary>
/// Recall = TP / (TP + FN), also called sensitivity: the share of true labels that are predicted.
/// </summary>
/// <remarks>
/// From 0 to 1; undefined where a class is never true, where <see cref="LabelMetricOptions.ZeroDivision"/> decides
/// (0 by default; NaN, and left out of averages, only if asked for).
/// </remarks>
public sealed class Recall : LabelCountMetric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="options">What is counted and how it is averaged; by default micro averaging of probabilities above 0.5.</param>
    /// <exception cref="CassInputException">The options contradict one another.</exception>
    public Recall(LabelMetricOptions? options = null)
        : base("recall", LabelRatio.Recall, options)
    {
    }

    /// <summary>Creates the metric with an averaging and everything else at its default.</summary>
    /// <param name="average">How the figures of several labels become one.</param>
    public Recall(Averaging average)
        : this(new LabelMetricOptions { Average = average })
    {
    }
}
