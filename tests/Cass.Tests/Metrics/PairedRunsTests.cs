using Cass.Metrics;
using Xunit;

namespace Cass.Tests.Metrics;

/// <summary>Tests over runs against Fisher's own figures, sums written out, and analytic results.</summary>
public sealed class PairedRunsTests
{
    /// <summary>Darwin's pairs of maize plants, crossed less self-fertilised, in eighths of an inch.</summary>
    private static readonly double[] Darwin = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];

    [Fact]
    public void Darwins_maize_has_the_p_value_that_Fisher_counted()
    {
        // Fisher 1935, section 21: of 32,768 assignments of signs 835 give more than the 314 observed, and 28 just as much.
        var test = SignFlipTest.Of(Darwin);
        Assert.True(test.IsExact);
        Assert.Equal(15, test.Runs);
        Assert.Equal(314 / 15.0, test.MeanDifference, 1e-12);
        Assert.Equal(2 * (835 + 28) / 32768.0, test.PValue, 1e-12);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(6)]
    public void Differences_of_one_sign_have_the_smallest_p_value(int runs)
    {
        double[] differences = [.. Enumerable.Range(1, runs).Select(i => -0.01 * i)];
        Assert.Equal(2 / Math.Pow(2, runs), SignFlipTest.Of(differences).PValue, 1e-15);
        Assert.Equal(2 / Math.Pow(2, runs), SignFlipTest.SmallestPValue(runs), 1e-15);
    }

    [Fact]
    public void Sums_that_differ_by_rounding_alone_are_equally_extreme()
    {
        // 0.1 + 0.2 − 0.3 is no 0 in binary, and 0.1 + 0.2 + 0.3 depends on the order.
        Assert.Equal(2 / 8.0, SignFlipTest.Of([0.1, 0.2, 0.3]).PValue);
        Assert.Equal(2 / 8.0, SignFlipTest.Of([0.3, 0.2, 0.1]).PValue);
        Assert.Equal(1, SignFlipTest.Of([0.1, 0.2, -0.3]).PValue);
        Assert.Equal(1, SignFlipTest.Of([0, 0, 0]).PValue);
    }

    [Fact]
    public void Many_runs_are_sampled_and_come_near_the_normal_distribution()
    {
        double[] differences = [.. Enumerable.Range(0, 100).Select(i => ((i * 37 % 100) - 49.5 + 4) / 10)];
        var test = SignFlipTest.Of(differences, new BootstrapOptions { Resamples = 20_000 });
        Assert.False(test.IsExact);
        var z = differences.Sum() / Math.Sqrt(differences.Sum(d => d * d));
        Assert.Equal(2 * MathNet.Numerics.Distributions.Normal.CDF(0, 1, -z), test.PValue, 0.01);
    }

    [Fact]
    public void Too_few_runs_and_figures_that_are_no_numbers_are_refused()
    {
        Assert.Contains("at least 2", Assert.Throws<CassInputException>(() => SignFlipTest.Of([0.1])).Message, StringComparison.Ordinal);
        Assert.Contains("Difference 1 is NaN", Assert.Throws<ArgumentException>(() => SignFlipTest.Of([0.1, double.NaN])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => SignFlipTest.SmallestPValue(0));
    }

    [Fact]
    public void Holms_correction_is_that_of_R()
    {
        // p.adjust(c(0.04, 0.01, 0.03, 0.02, 0.05), "holm"), and an example with equal values and a cut at 1.
        Assert.Equal([0.09, 0.05, 0.09, 0.08, 0.09], HolmCorrection.Adjust([0.04, 0.01, 0.03, 0.02, 0.05]).Select(p => Math.Round(p, 12)));
        Assert.Equal([1, 0.02, 1, 0.02], HolmCorrection.Adjust([0.9, 0.005, 0.6, 0.005]).Select(p => Math.Round(p, 12)));
        Assert.Empty(HolmCorrection.Adjust([]));
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void A_p_value_outside_its_range_is_refused(double value) =>
        Assert.Contains("p-value 1 is", Assert.Throws<ArgumentException>(() => HolmCorrection.Adjust([0.5, value])).Message, StringComparison.Ordinal);

    [Fact]
    public void The_interval_over_runs_and_cases_has_the_variance_of_both()
    {
        double[] ofRun = [0.1, 0.5, 0.3, 0.9, 0.2, 0.7];
        double[] ofCase = [.. Enumerable.Range(0, 40).Select(i => i % 7 * 0.3)];
        double Figure(IReadOnlyList<int> runs, IReadOnlyList<int> cases) => runs.Average(r => ofRun[r]) + cases.Average(c => ofCase[c]);

        var interval = Bootstrap.IntervalOverRuns(6, 40, Figure, options: new BootstrapOptions { Resamples = 20_000 });

        // A mean of independent draws has the variance of what is drawn over their number, and the two sums are independent.
        var expected = Math.Sqrt((Variance(ofRun) / 6) + (Variance(ofCase) / 40));
        Assert.Equal(ofRun.Average() + ofCase.Average(), interval.Estimate, 1e-12);
        Assert.Equal(expected, interval.StandardError, 0.02 * expected);
        Assert.Equal(interval.Estimate - (1.96 * expected), interval.Lower, 0.1 * expected);
        Assert.Equal(interval.Estimate + (1.96 * expected), interval.Upper, 0.1 * expected);
        Assert.Equal(40, interval.Units);

        static double Variance(double[] values) => values.Average(v => Math.Pow(v - values.Average(), 2));
    }

    [Fact]
    public void Cases_of_one_patient_are_drawn_together()
    {
        string[] patients = [.. Enumerable.Range(0, 40).Select(i => $"{i / 20}")];
        double Figure(IReadOnlyList<int> runs, IReadOnlyList<int> cases) => cases.Average(c => c / 20);

        // Two patients, whose figures are 0 and 1: a resample has 0, 1/2 or 1.
        var interval = Bootstrap.IntervalOverRuns(3, 40, Figure, patients, new BootstrapOptions { Resamples = 2000 });
        Assert.Equal((0.5, 0, 1, 2), (interval.Estimate, interval.Lower, interval.Upper, interval.Units));
    }

    [Fact]
    public void One_run_and_corrected_intervals_are_refused()
    {
        static double Figure(IReadOnlyList<int> runs, IReadOnlyList<int> cases) => 0;
        Assert.Contains("at least 2", Assert.Throws<CassInputException>(() => Bootstrap.IntervalOverRuns(1, 10, Figure)).Message, StringComparison.Ordinal);
        var corrected = new BootstrapOptions { Method = BootstrapMethod.BiasCorrectedAccelerated };
        Assert.Contains("Percentile alone", Assert.Throws<CassInputException>(() => Bootstrap.IntervalOverRuns(3, 10, Figure, options: corrected)).Message, StringComparison.Ordinal);
    }
}
