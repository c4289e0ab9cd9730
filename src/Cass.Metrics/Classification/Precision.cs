namespace Cass.Metrics;

/// <summary>
/// Precision = TP / (TP + FP): the share of predicted labels that are true.
/// </summary>
/// <remarks>
/// From 0 to 1; undefined where a class is never predicted, where <see cref="LabelMetricOptions.ZeroDivision"/> decides
/// (0 by default; NaN, and left out of averages, only if asked for).
/// </remarks>
public sealed class Precision : LabelCountMetric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="options">What is counted and how it is averaged; by default micro averaging of probabilities above 0.5.</param>
    /// <exception cref="CassInputException">The options contradict one another.</exception>
    public Precision(LabelMetricOptions? options = null)
        : base("precision", LabelRatio.Precision, options)
    {
    }

    /// <summary>Creates the metric with an averaging and everything else at its default.</summary>
    /// <param name="average">How the figures of several labels become one.</param>
    public Precision(Averaging average)
        : this(new LabelMetricOptions { Average = average })
    {
    }
}
