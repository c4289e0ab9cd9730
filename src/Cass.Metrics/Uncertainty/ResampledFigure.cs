using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace Cass.Metrics;

/// <summary>The figures of many resamples, and the interval that they give.</summary>
internal static class ResampledFigure
{
    public static ConfidenceInterval Interval(ResamplingUnits units, Func<int[], double> figure, BootstrapOptions options)
    {
        options.Validate();
        var estimate = figure([.. Enumerable.Range(0, units.Cases)]);
        if (double.IsNaN(estimate))
        {
            throw new CassInputException("The figure is undefined (NaN) on the data as they are; it has no confidence interval.");
        }

        var random = new MathNet.Numerics.Random.MersenneTwister(options.Seed, threadSafe: false);
        var figures = new double[options.Resamples];
        for (var i = 0; i < figures.Length; i++)
        {
            figures[i] = figure(units.Draw(random));
        }

        return Of(estimate, figures, () => Enumerable.Range(0, units.Count).Select(unit => figure(units.Without(unit))), units.Count, options)
            ?? throw new CassInputException($"The figure is undefined (NaN) in {figures.Count(double.IsNaN)} of {options.Resamples} resamples; there are too few cases of some class for an interval.");
    }

    /// <summary>The interval that the figures of resamples give; null where too many are undefined.</summary>
    /// <param name="estimate">The figure on the data as they are.</param>
    /// <param name="figures">The figure of each resample; NaN where it is undefined.</param>
    /// <param name="jackknife">The figure without each unit in turn; asked for by BCa alone.</param>
    /// <param name="units">Number of units.</param>
    /// <param name="options">Level and method.</param>
    public static ConfidenceInterval? Of(double estimate, double[] figures, Func<IEnumerable<double>> jackknife, int units, BootstrapOptions options)
    {
        double[] sorted = [.. figures.Where(value => !double.IsNaN(value)).Order()];
        var undefined = figures.Length - sorted.Length;
        if (sorted.Length < 2 || undefined > sorted.Length)
        {
            return null;
        }

        var tail = (1 - options.Confidence) / 2;
        var (low, high) = options.Method == BootstrapMethod.Percentile ? (tail, 1 - tail) : CorrectedTails(sorted, estimate, jackknife(), tail);
        return new ConfidenceInterval(
            estimate,
            SortedArrayStatistics.QuantileCustom(sorted, low, QuantileDefinition.R7),
            SortedArrayStatistics.QuantileCustom(sorted, high, QuantileDefinition.R7),
            options.Confidence,
            ArrayStatistics.StandardDeviation(sorted),
            units,
            undefined);
    }

    /// <summary>The quantiles of BCa: Efron 1987, eq. 3.8 and 6.6, the acceleration by the jackknife.</summary>
    private static (double Low, double High) CorrectedTails(double[] sorted, double estimate, IEnumerable<double> withoutEach, double tail)
    {
        var below = sorted.Sum(value => value < estimate ? 1 : value == estimate ? 0.5 : 0) / sorted.Length;

        // Half a resample away from 0 and 1, where the normal quantile is infinite.
        var margin = 0.5 / sorted.Length;
        var bias = Normal.InvCDF(0, 1, Math.Clamp(below, margin, 1 - margin));

        double[] jackknife = [.. withoutEach.Where(value => !double.IsNaN(value))];
        var mean = jackknife.Length == 0 ? 0 : jackknife.Average();
        var squares = jackknife.Sum(value => Math.Pow(mean - value, 2));
        var acceleration = squares == 0 ? 0 : jackknife.Sum(value => Math.Pow(mean - value, 3)) / (6 * Math.Pow(squares, 1.5));
        return (Corrected(tail), Corrected(1 - tail));

        double Corrected(double probability)
        {
            var shifted = bias + Normal.InvCDF(0, 1, probability);
            return Normal.CDF(0, 1, bias + (shifted / (1 - (acceleration * shifted))));
        }
    }
}
