using Cass.Metrics;
using Cass.Tests.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Metrics;

/// <summary>Bootstrap intervals and paired tests against exact distributions and published figures.</summary>
public sealed class UncertaintyTests
{
    // Efron's law school data: average LSAT score and GPA of 15 schools; their correlation is 0.776.
    private static readonly double[] Lsat = [576, 635, 558, 578, 666, 580, 555, 661, 651, 605, 653, 575, 545, 572, 594];
    private static readonly double[] Gpa = [3.39, 3.30, 2.81, 3.03, 3.44, 3.07, 3.00, 3.43, 3.36, 3.13, 3.12, 2.74, 2.76, 2.88, 2.96];

    [Fact]
    public void The_interval_of_a_mean_has_the_exact_quantiles_of_all_resamples()
    {
        double[] values = [0, 1, 5, 11];
        double Mean(IReadOnlyList<int> cases) => cases.Average(i => values[i]);
        double[] all = [.. from a in values from b in values from c in values from d in values select (a + b + c + d) / 4];
        Array.Sort(all);

        var interval = Bootstrap.Interval(4, Mean, options: new BootstrapOptions { Resamples = 40_000, Confidence = 0.8 });

        Assert.Equal(4.25, interval.Estimate);
        Assert.Equal(all[(int)(0.1 * all.Length)], interval.Lower, 0.26);
        Assert.Equal(all[(int)(0.9 * all.Length)], interval.Upper, 0.26);
        Assert.Equal(Math.Sqrt(values.Average(v => Math.Pow(v - 4.25, 2)) / 4), interval.StandardError, 0.02);
        Assert.Equal(4, interval.Units);
    }

    [Fact]
    public void The_law_school_correlation_has_its_published_BCa_interval()
    {
        // Efron and Tibshirani 1993, chapter 14: about [0.43, 0.92] at 90 %, where the standard error is about 0.13.
        var interval = Bootstrap.Interval(
            15,
            Correlation,
            options: new BootstrapOptions { Resamples = 10_000, Confidence = 0.9, Method = BootstrapMethod.BiasCorrectedAccelerated });
        Assert.Equal(0.776, interval.Estimate, 1e-3);
        Assert.Equal(0.43, interval.Lower, 0.03);
        Assert.Equal(0.92, interval.Upper, 0.01);
        Assert.Equal(0.13, interval.StandardError, 0.01);
    }

    [Fact]
    public void The_two_methods_agree_where_nothing_is_biased_or_skewed()
    {
        double[] values = [.. Enumerable.Range(-50, 101)];
        double Mean(IReadOnlyList<int> cases) => cases.Average(i => values[i]);
        var percentile = Bootstrap.Interval(101, Mean, options: new BootstrapOptions { Resamples = 5000 });
        var corrected = Bootstrap.Interval(101, Mean, options: new BootstrapOptions { Resamples = 5000, Method = BootstrapMethod.BiasCorrectedAccelerated });
        var normal = 1.96 * Math.Sqrt(values.Average(v => v * v) / 101);
        Assert.Equal(-normal, percentile.Lower, 0.3);
        Assert.Equal(normal, percentile.Upper, 0.3);
        Assert.Equal(percentile.Lower, corrected.Lower, 0.3);
        Assert.Equal(percentile.Upper, corrected.Upper, 0.3);
    }

    [Fact]
    public void Copies_of_a_patients_image_add_no_certainty_when_grouped()
    {
        double[] values = [3, 1, 4, 1, 5, 9, 2, 6];
        var single = Bootstrap.Interval(8, cases => cases.Average(i => values[i]));
        string[] patients = [.. Enumerable.Range(0, 24).Select(i => $"patient {i / 3}")];
        var grouped = Bootstrap.Interval(24, cases => cases.Average(i => values[i / 3]), patients);
        var ungrouped = Bootstrap.Interval(24, cases => cases.Average(i => values[i / 3]));
        Assert.Equal(single.Lower, grouped.Lower, 10);
        Assert.Equal(single.Upper, grouped.Upper, 10);
        Assert.Equal(8, grouped.Units);
        Assert.True(ungrouped.StandardError < 0.7 * grouped.StandardError);
    }

    [Fact]
    public void A_metrics_interval_is_that_of_its_figure()
    {
        using var scope = NewDisposeScope();
        var batch = Batch.Random(new Random(3), 60, 1);
        var options = new BootstrapOptions { Resamples = 300 };
        var byMetric = Bootstrap.Interval(() => new Accuracy(DecisionRule.Threshold), batch.Scores, batch.Targets, options: options);
        var byHand = Bootstrap.Interval(60, cases => cases.Average(i => (batch.ScoreOf(i, 0) > 0.5) == batch.LabelOf(i, 0) ? 1.0 : 0), options: options);
        Assert.Equal(byHand.Estimate, byMetric.Estimate, 12);
        Assert.Equal(byHand.Lower, byMetric.Lower, 12);
        Assert.Equal(byHand.Upper, byMetric.Upper, 12);
        Assert.Equal(byMetric, Bootstrap.Interval(() => new Accuracy(DecisionRule.Threshold), batch.Scores, batch.Targets, options: options));
        Assert.NotEqual(byMetric, Bootstrap.Interval(() => new Accuracy(DecisionRule.Threshold), batch.Scores, batch.Targets, options: options with { Seed = 1 }));
    }

    [Fact]
    public void Undefined_resamples_are_left_out_and_counted()
    {
        using var scope = NewDisposeScope();
        var scores = tensor(new[] { 0.1f, 0.4f, 0.35f, 0.8f }, [4, 1]);
        var targets = tensor(new[] { 0f, 0f, 1f, 1f }, [4, 1]);
        var interval = Bootstrap.Interval(() => new Auroc(), scores, targets);
        Assert.Equal(0.75, interval.Estimate, 12);

        // One class only in 2 of 16 draws.
        Assert.InRange(interval.UndefinedResamples, 80, 170);
        var rare = tensor(new[] { 0f, 0f, 0f, 1f }, [4, 1]);
        Assert.InRange(Bootstrap.Interval(() => new Auroc(), scores, rare).UndefinedResamples, 250, 390);
        Assert.Contains("undefined", Assert.Throws<CassInputException>(() => Bootstrap.Interval(() => new Auroc(), scores, zeros(4, 1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_permutation_test_of_few_cases_is_exact()
    {
        using var scope = NewDisposeScope();

        // The first model is right about all of 8 cases, the second about none: of 256 swaps only 2 are as extreme.
        var targets = ones(8, 1);
        var comparison = PairedComparison.Of(() => new Accuracy(DecisionRule.Threshold), full(8, 1, 0.9f), full(8, 1, 0.1f), targets);
        Assert.Equal(1, comparison.First);
        Assert.Equal(0, comparison.Second);
        Assert.Equal(1, comparison.Difference.Estimate);
        Assert.Equal(2.0 / 256, comparison.PValue, 12);

        string[] patients = ["a", "a", "b", "b", "c", "c", "d", "d"];
        Assert.Equal(2.0 / 16, PairedComparison.Of(() => new Accuracy(DecisionRule.Threshold), full(8, 1, 0.9f), full(8, 1, 0.1f), targets, patients).PValue, 12);
    }

    [Fact]
    public void The_permutation_test_of_many_cases_agrees_with_McNemars()
    {
        using var scope = NewDisposeScope();

        // 100 cases: both right in 70, only the first in 20, only the second in 10.
        bool[] first = [.. Enumerable.Range(0, 100).Select(i => i < 90)];
        bool[] second = [.. Enumerable.Range(0, 100).Select(i => i < 70 || i >= 90)];
        var exact = McNemarTest.Of(first, second);
        var permutation = PairedComparison.Of(() => new Accuracy(DecisionRule.Threshold), Scores(first), Scores(second), ones(100, 1), options: new BootstrapOptions { Resamples = 4000 });
        Assert.Equal(0.1, permutation.Difference.Estimate, 12);
        Assert.Equal(exact.PValue, permutation.PValue, 0.03);

        // Differences of 1, 0 and −1 with a standard deviation of 0.539: a standard error of a tenth of that.
        Assert.Equal(0.1 - (1.96 * 0.0539), permutation.Difference.Lower, 0.015);
        Assert.Equal(0.1 + (1.96 * 0.0539), permutation.Difference.Upper, 0.015);

        static Tensor Scores(bool[] right) => tensor([.. right.Select(r => r ? 0.9f : 0.1f)], [right.Length, 1]);
    }

    [Fact]
    public void Equal_models_do_not_differ()
    {
        using var scope = NewDisposeScope();
        var batch = Batch.Random(new Random(3), 40, 2);
        var comparison = PairedComparison.Of(() => new MultiLabelF1(), batch.Scores, batch.Scores, batch.Targets, options: new BootstrapOptions { Resamples = 50 });
        Assert.Equal(0, comparison.Difference.Lower);
        Assert.Equal(0, comparison.Difference.Upper);
        Assert.Equal(1, comparison.PValue);
    }

    [Theory]
    [InlineData(1, 9, 22.0 / 1024)]
    [InlineData(0, 5, 2.0 / 32)]
    [InlineData(3, 3, 1)]
    [InlineData(0, 0, 1)]
    public void McNemars_test_is_the_exact_binomial_one(int onlyFirst, int onlySecond, double expected)
    {
        bool[] first = [.. Enumerable.Repeat(true, onlyFirst), .. Enumerable.Repeat(false, onlySecond), true, false];
        bool[] second = [.. Enumerable.Repeat(false, onlyFirst), .. Enumerable.Repeat(true, onlySecond), true, false];
        var test = McNemarTest.Of(first, second);
        Assert.Equal((onlyFirst, onlySecond), (test.OnlyFirst, test.OnlySecond));
        Assert.Equal(expected, test.PValue, 12);
    }

    [Fact]
    public void Misuse_is_explained()
    {
        using var scope = NewDisposeScope();
        void Fails<T>(Action action, string part)
            where T : Exception => Assert.Contains(part, Assert.Throws<T>(action).Message, StringComparison.Ordinal);

        Fails<CassInputException>(() => Bootstrap.Interval(1, _ => 1), "at least 2");
        Fails<CassInputException>(() => Bootstrap.Interval(3, _ => 1, ["a", "a", "a"]), "1 group");
        Fails<ArgumentException>(() => Bootstrap.Interval(3, _ => 1, ["a"]), "3 cases");
        Fails<CassInputException>(() => Bootstrap.Interval(3, _ => 1, options: new BootstrapOptions { Resamples = 1 }), "Resamples");
        Fails<CassInputException>(() => Bootstrap.Interval(3, _ => 1, options: new BootstrapOptions { Confidence = 1 }), "Confidence");
        Fails<ArgumentException>(() => Bootstrap.Interval(() => new MultiLabelF1(), zeros(3, 2), zeros(2, 2)), "[2, 2]");
        Fails<ArgumentException>(() => PairedComparison.Of(() => new MultiLabelF1(), zeros(3, 2), zeros(3, 2, ScalarType.Float64), zeros(3, 2)), "Float64");
        Fails<ArgumentException>(() => McNemarTest.Of([true], []), "same cases");
    }

    [Fact]
    public void Resampling_leaves_nothing_behind()
    {
        using var scores = full(5, 3, 0.7f);
        using var targets = ones(5, 3);
        var options = new BootstrapOptions { Resamples = 10 };
        Expect.LeavesTensors(0, () => _ = Bootstrap.Interval(() => new MultiLabelF1(), scores, targets, options: options));
        Expect.LeavesTensors(0, () => _ = PairedComparison.Of(() => new MultiLabelF1(), scores, scores, targets, options: options));
    }

    private static double Correlation(IReadOnlyList<int> cases)
    {
        var (x, y) = (cases.Average(i => Lsat[i]), cases.Average(i => Gpa[i]));
        return cases.Sum(i => (Lsat[i] - x) * (Gpa[i] - y)) / Math.Sqrt(cases.Sum(i => Math.Pow(Lsat[i] - x, 2)) * cases.Sum(i => Math.Pow(Gpa[i] - y, 2)));
    }
}
