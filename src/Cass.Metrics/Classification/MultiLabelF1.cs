namespace Cass.Metrics;

/// <summary>
/// F1 = 2TP / (2TP + FP + FN): the harmonic mean of precision and recall, for multi-label or single-label data.
/// </summary>
/// <remarks>
/// From 0 to 1; undefined where a class is neither predicted nor true, where <see cref="LabelMetricOptions.ZeroDivision"/> decides
/// (0 by default; NaN, and left out of averages, only if asked for). The CASS notebook's evaluation, with its extra
/// 'healthy' label, is <see cref="LabelMetricOptions.NotebookEvaluation"/>.
/// </remarks>
/// <example><code>
/// using var f1 = new MultiLabelF1(Averaging.Macro);
/// foreach (var batch in batches)
/// {
///     f1.Update(probabilities, targets);
/// }
///
/// Console.WriteLine($"{f1.Name} {f1.Compute():P1}, by class {string.Join(", ", f1.ComputePerClass())}");
/// </code></example>
public sealed class MultiLabelF1 : LabelCountMetric
{
    /// <summary>Creates the metric.</summary>
    /// <param name="options">What is counted and how it is averaged; by default micro averaging of probabilities above 0.5.</param>
    /// <exception cref="CassInputException">The options contradict one another.</exception>
    public MultiLabelF1(LabelMetricOptions? options = null)
        : base("F1", LabelRatio.F1, options)
    {
    }

    /// <summary>Creates the metric with an averaging and everything else at its default.</summary>
    /// <param name="average">How the figures of several labels become one.</param>
    public MultiLabelF1(Averaging average)
        : this(new LabelMetricOptions { Average = average })
    {
    }
}
