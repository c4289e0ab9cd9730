using static TorchSharp.torch;

namespace Cass.Metrics;

/// <summary>Whether one model is better than another on the same cases: the difference, its interval, and a p-value.</summary>
/// <param name="First">The first model's figure.</param>
/// <param name="Second">The second model's figure.</param>
/// <param name="Difference">First − second, with the interval over resamples that both models share.</param>
/// <param name="PValue">
/// Two-sided p-value of the paired permutation test: how often a difference at least as large comes about where the two
/// models' scores are swapped at random, case by case or patient by patient.
/// </param>
public sealed record PairedComparison(double First, double Second, ConfidenceInterval Difference, double PValue)
{
    // Figures computed in another order differ by rounding; they still are equally extreme.
    private const double Rounding = 1e-12;

    /// <summary>Compares two models.</summary>
    /// <remarks>
    /// <para>Both parts resample <see cref="BootstrapOptions.Resamples"/> times. The permutation test tries all swaps
    /// where there are no more than that, and then is exact; else p is (1 + as extreme) / (1 + tried), and so never 0.</para>
    /// <para>Source: Good 2005, <em>Permutation, Parametric and Bootstrap Tests of Hypotheses</em>, section 3.7 (matched
    /// pairs); Phipson and Smyth 2010 on never reporting 0.</para>
    /// </remarks>
    /// <param name="createMetric">Creates the metric, which is filled anew for each resample and disposed at the end.</param>
    /// <param name="firstScores">The first model's scores: float [cases, classes], as the metric asks.</param>
    /// <param name="secondScores">The second model's scores for the same cases: the same shape, type and device.</param>
    /// <param name="targets">[cases, classes] of 0 and 1, or Int64 class indices [cases]; on the same device.</param>
    /// <param name="groups">The patient of each case, null for a case of its own; without groups every case is its own.</param>
    /// <param name="options">Resamples, level, seed and method; the defaults where null.</param>
    /// <returns>The comparison.</returns>
    /// <exception cref="ArgumentException">Shapes, types, devices or the number of groups do not fit one another.</exception>
    /// <exception cref="CassInputException">There are fewer than two cases or patients, or the figure is undefined too often.</exception>
    public static PairedComparison Of(
        Func<IMetric> createMetric,
        Tensor firstScores,
        Tensor secondScores,
        Tensor targets,
        IReadOnlyList<string?>? groups = null,
        BootstrapOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(createMetric);
        ArgumentNullException.ThrowIfNull(secondScores);
        MetricEvaluator.RequireBatch(nameof(PairedComparison), firstScores, targets);
        MetricEvaluator.RequireBatch(nameof(PairedComparison), secondScores, targets);
        if (firstScores.dtype != secondScores.dtype || !firstScores.shape.AsSpan().SequenceEqual(secondScores.shape))
        {
            throw new ArgumentException(
                $"{nameof(PairedComparison)}: scores are {firstScores.dtype} {MetricArguments.ShapeOf(firstScores)} and {secondScores.dtype} {MetricArguments.ShapeOf(secondScores)}; both must be [cases, classes], of one shape and type.",
                nameof(secondScores));
        }

        options ??= new BootstrapOptions();
        options.Validate();
        var units = new ResamplingUnits((int)firstScores.shape[0], groups);
        using var evaluator = new MetricEvaluator(createMetric);
        var first = evaluator.Of(firstScores, targets);
        var second = evaluator.Of(secondScores, targets);
        var difference = ResampledFigure.Interval(
            units,
            cases => evaluator.Of(firstScores, targets, cases) - evaluator.Of(secondScores, targets, cases),
            options);
        return new PairedComparison(first, second, difference, Permutations(evaluator, units, firstScores, secondScores, targets, first - second, options));
    }

    private static double Permutations(
        MetricEvaluator evaluator,
        ResamplingUnits units,
        Tensor firstScores,
        Tensor secondScores,
        Tensor targets,
        double observed,
        BootstrapOptions options)
    {
        var exact = units.Count < 31 && (1L << units.Count) <= options.Resamples;
        var tried = exact ? 1 << units.Count : options.Resamples;
        var random = new MathNet.Numerics.Random.MersenneTwister(options.Seed, threadSafe: false);
        var extreme = 0;
        var defined = 0;
        var swap = new bool[units.Cases];
        for (var i = 0; i < tried; i++)
        {
            for (var unit = 0; unit < units.Count; unit++)
            {
                var swapped = exact ? (i >> unit & 1) == 1 : random.Next(2) == 1;
                foreach (var @case in units[unit])
                {
                    swap[@case] = swapped;
                }
            }

            using var scope = NewDisposeScope();
            var mask = tensor(swap, device: firstScores.device).unsqueeze(1);
            var difference = evaluator.Of(where(mask, secondScores, firstScores), targets) - evaluator.Of(where(mask, firstScores, secondScores), targets);
            defined += double.IsNaN(difference) ? 0 : 1;
            extreme += Math.Abs(difference) >= Math.Abs(observed) - Rounding ? 1 : 0;
        }

        return exact ? extreme / (double)defined : (1.0 + extreme) / (1.0 + defined);
    }
}
