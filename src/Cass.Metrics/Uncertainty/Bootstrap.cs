using static TorchSharp.torch;

namespace Cass.Metrics;

/// <summary>
/// Confidence intervals by resampling the cases with replacement, or whole patients where several images are of one.
/// </summary>
/// <remarks>
/// <para>Images of one patient resemble one another. Resampled as if they were independent, they give intervals that are
/// too narrow; pass the patients as groups.</para>
/// <para>Source: Efron and Tibshirani 1993, <em>An Introduction to the Bootstrap</em>, chapters 13 and 14.</para>
/// </remarks>
/// <example><code>
/// ConfidenceInterval f1 = Bootstrap.Interval(() =&gt; new MultiLabelF1(), probabilities, targets, patients);
/// Console.WriteLine($"F1 {f1}");   // F1 0.741 [0.712, 0.768]
/// </code></example>
public static class Bootstrap
{
    /// <summary>The confidence interval of a metric.</summary>
    /// <param name="createMetric">Creates the metric, which is filled anew for each resample and disposed at the end.</param>
    /// <param name="scores">Float [cases, classes], as the metric asks.</param>
    /// <param name="targets">[cases, classes] of 0 and 1, or Int64 class indices [cases]; on the same device.</param>
    /// <param name="groups">The patient of each case, null for a case of its own; without groups every case is its own.</param>
    /// <param name="options">Resamples, level, seed and method; the defaults where null.</param>
    /// <returns>The figure and its interval.</returns>
    /// <exception cref="ArgumentException">Shapes, devices or the number of groups do not fit one another.</exception>
    /// <exception cref="CassInputException">There are fewer than two cases or patients, or the figure is undefined too often.</exception>
    public static ConfidenceInterval Interval(
        Func<IMetric> createMetric,
        Tensor scores,
        Tensor targets,
        IReadOnlyList<string?>? groups = null,
        BootstrapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(createMetric);
        MetricEvaluator.RequireBatch(nameof(Bootstrap), scores, targets);
        var units = new ResamplingUnits((int)scores.shape[0], groups);
        using var evaluator = new MetricEvaluator(createMetric);
        return ResampledFigure.Interval(units, cases => evaluator.Of(scores, targets, cases), options ?? new BootstrapOptions());
    }

    /// <summary>The confidence interval of any figure.</summary>
    /// <param name="cases">Number of cases, at least 2.</param>
    /// <param name="figure">The figure over cases, given by their indices; some occur repeatedly, others not.</param>
    /// <param name="groups">The patient of each case, null for a case of its own; without groups every case is its own.</param>
    /// <param name="options">Resamples, level, seed and method; the defaults where null.</param>
    /// <returns>The figure and its interval.</returns>
    /// <exception cref="ArgumentException">The number of groups is not that of the cases.</exception>
    /// <exception cref="CassInputException">There are fewer than two cases or patients, or the figure is undefined too often.</exception>
    public static ConfidenceInterval Interval(
        int cases,
        Func<IReadOnlyList<int>, double> figure,
        IReadOnlyList<string?>? groups = null,
        BootstrapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(figure);
        return ResampledFigure.Interval(new ResamplingUnits(cases, groups), figure, options ?? new BootstrapOptions());
    }
}
