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

    /// <summary>
    /// The confidence intervals of a figure of label counts (F1, precision, recall, specificity): of all classes together,
    /// and of each class.
    /// </summary>
    /// <remarks>
    /// <para>They are what <see cref="Interval(Func{IMetric}, Tensor, Tensor, IReadOnlyList{string}, BootstrapOptions)"/> gives
    /// for the metric, and for each column of scores and targets alone. But all come from one set of resamples, and a
    /// resample takes the time of the labels that are predicted or true, not of classes times cases: a thousand classes are no
    /// thousand times the work.</para>
    /// <para>Where nothing is a hit, or nothing but hits, all resamples give the same figure, 0 or 1, which says nothing
    /// about how sure it is. There the interval is the exact binomial one: by Clopper and Pearson, of the hits among the cases
    /// in the figure's denominator; a patient counts as one case. F1 is 2J / (1 + J) of the share J of hits among
    /// the cases for which the class is true or predicted, and so are the ends of its interval. For
    /// <see cref="Averaging.Micro"/> over several classes the cases are those with any such label, and the lower end is that
    /// of J itself, which is not above the other. Macro and weighted averages keep the resampled interval.</para>
    /// </remarks>
    /// <param name="createMetric">Creates the metric, which is disposed at the end.</param>
    /// <param name="scores">Float [cases, classes], as the metric asks.</param>
    /// <param name="targets">[cases, classes] of 0 and 1, or Int64 class indices [cases]; on the same device.</param>
    /// <param name="groups">The patient of each case, null for a case of its own; without groups every case is its own.</param>
    /// <param name="options">Resamples, level, seed and method; the defaults where null.</param>
    /// <param name="progress">Told the share of resamples that are done, from 0 to 1.</param>
    /// <param name="cancellationToken">Stops within one resample.</param>
    /// <returns>The intervals.</returns>
    /// <exception cref="ArgumentException">
    /// Shapes, devices or the number of groups do not fit one another, or the metric averages over samples or counts an extra label.
    /// </exception>
    /// <exception cref="CassInputException">There are fewer than two cases or patients.</exception>
    public static LabelIntervals LabelIntervals(
        Func<LabelCountMetric> createMetric,
        Tensor scores,
        Tensor targets,
        IReadOnlyList<string?>? groups = null,
        BootstrapOptions? options = null,
        IProgress<double>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(createMetric);
        MetricEvaluator.RequireBatch(nameof(Bootstrap), scores, targets);
        options ??= new BootstrapOptions();
        options.Validate();
        var units = new ResamplingUnits((int)scores.shape[0], groups);
        using var metric = createMetric() ?? throw new ArgumentException("The function that creates the metric returned null.", nameof(createMetric));
        if (metric.Options is { Average: Averaging.Samples } or { CountEmptyAsHealthy: true })
        {
            throw new ArgumentException($"{metric.Name}: a figure averaged over samples, or with an extra label, is no sum over classes; use {nameof(Interval)}.", nameof(createMetric));
        }

        return new LabelResampling(metric, scores, targets, units, options).Intervals(progress, cancellationToken);
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

    /// <summary>
    /// The confidence interval of a figure that several training runs give on the same cases: runs and cases are both drawn with
    /// replacement, each on its own.
    /// </summary>
    /// <remarks>
    /// <para>Resampling the cases alone says how sure a figure is of the models at hand; another seed would have given other
    /// models. With both drawn the interval covers both, and for many runs is slightly too wide. For few it is too narrow:
    /// three seeds know little of a fourth, whatever is resampled.</para>
    /// <para>Source: Owen 2007, <em>The pigeonhole bootstrap</em>, Annals of Applied Statistics 1(2), 386–411.</para>
    /// </remarks>
    /// <param name="runs">Number of runs, at least 2.</param>
    /// <param name="cases">Number of cases, at least 2.</param>
    /// <param name="figure">The figure over runs and cases, both given by their indices; some occur repeatedly, others not.</param>
    /// <param name="groups">The patient of each case, null for a case of its own; without groups every case is its own.</param>
    /// <param name="options">Resamples, level and seed; the defaults where null. <see cref="BootstrapMethod.Percentile"/> alone.</param>
    /// <returns>The figure and its interval; <see cref="ConfidenceInterval.Units"/> are those of the cases.</returns>
    /// <exception cref="ArgumentException">The number of groups is not that of the cases.</exception>
    /// <exception cref="CassInputException">
    /// There are fewer than two runs, cases or patients, another method is asked for, or the figure is undefined too often.
    /// </exception>
    /// <example><code>
    /// // By how much the accuracy of one method exceeds that of another, over seeds and patients.
    /// ConfidenceInterval gain = Bootstrap.IntervalOverRuns(
    ///     seeds, images, (runs, cases) =&gt; runs.Average(r =&gt; cases.Average(c =&gt; first[r][c] - second[r][c])), patients);
    /// </code></example>
    public static ConfidenceInterval IntervalOverRuns(
        int runs,
        int cases,
        Func<IReadOnlyList<int>, IReadOnlyList<int>, double> figure,
        IReadOnlyList<string?>? groups = null,
        BootstrapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(figure);
        options ??= new BootstrapOptions();
        options.Validate();
        if (runs < 2)
        {
            throw new CassInputException($"{runs} run{(runs == 1 ? string.Empty : "s")} cannot be resampled; there must be at least 2.");
        }

        if (options.Method != BootstrapMethod.Percentile)
        {
            throw new CassInputException($"{nameof(BootstrapOptions.Method)} is {options.Method}; over runs and cases the interval is {nameof(BootstrapMethod.Percentile)} alone.");
        }

        // Which runs are drawn does not depend on how many cases there are.
        var random = new MathNet.Numerics.Random.MersenneTwister(options.Seed, threadSafe: false);
        int[] all = [.. Enumerable.Range(0, runs)];
        var drawn = new int[options.Resamples + 1][];
        drawn[0] = all;
        for (var i = 1; i < drawn.Length; i++)
        {
            drawn[i] = [.. all.Select(_ => random.Next(runs))];
        }

        var next = 0;
        return ResampledFigure.Interval(new ResamplingUnits(cases, groups), resampled => figure(drawn[next++], resampled), options);
    }
}
