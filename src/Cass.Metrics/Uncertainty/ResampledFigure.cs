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
        var figures = new List<double>(options.Resamples);
        for (var i = 0; i < options.Resamples; i++)
        {
            var value = figure(units.Draw(random));
            if (!double.IsNaN(value))
            {
                figures.Add(value);
            }
        }

        var undefined = options.Resamples - figures.Count;
        if (figures.Count < 2 || undefined > figures.Count)
        {
            throw new CassInputException($"The figure is undefined (NaN) in {undefined} of {options.Resamples} resamples; there are too few cases of some class for an interval.");
        }

        double[] sorted = [.. figures.Order()];
        var tail = (1 - options.Confidence) / 2;
        var (low, high) = options.Method == BootstrapMethod.Percentile ? (tail, 1 - tail) : CorrectedTails(sorted, estimate, units, figure, tail);
        return new ConfidenceInterval(
            estimate,
            SortedArrayStatistics.QuantileCustom(sorted, low, QuantileDefinition.R7),
            SortedArrayStatistics.QuantileCustom(sorted, high, QuantileDefinition.R7),
            options.Confidence,
            ArrayStatistics.StandardDeviation(sorted),
            units.Count,
            undefined);
    }

    /// <summary>The quantiles of BCa: Efron 1987, eq. 3.8 and 6.6, the acceleration by the jackknife.</summary>
    private static (double Low, double High) CorrectedTails(double[] sorted, double estimate, ResamplingUnits units, Func<int[], double> figure, double tail)
    {
        var below = sorted.Sum(value => value < estimate ? 1 : value == estimate ? 0.5 : 0) / sorted.Length;

        // Half a resample away from 0 and 1, where the normal quantile is infinite.
        var margin = 0.5 / sorted.Length;
        var bias = Normal.InvCDF(0, 1, Math.Clamp(below, margin, 1 - margin));

        double[] jackknife = [.. Enumerable.Range(0, units.Count).Select(unit => figure(units.Without(unit))).Where(value => !double.IsNaN(value))];
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
