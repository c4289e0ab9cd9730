using Cass.Metrics;
using Cass.Tests.Losses;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Metrics;

/// <summary>Intervals of all classes at once against those of each class alone, and exact ones against published values.</summary>
public sealed class LabelIntervalsTests
{
    private static readonly BootstrapOptions Few = new() { Resamples = 60 };

    public static TheoryData<int, Averaging, bool, BootstrapMethod> Figures()
    {
        var all = new TheoryData<int, Averaging, bool, BootstrapMethod>();
        foreach (var figure in Enumerable.Range(0, 4))
        {
            all.Add(figure, Averaging.Micro, figure % 2 == 0, BootstrapMethod.BiasCorrectedAccelerated);
            all.Add(figure, Averaging.Macro, figure % 2 == 1, BootstrapMethod.Percentile);
            all.Add(figure, Averaging.Weighted, figure % 2 == 0, BootstrapMethod.Percentile);
        }

        return all;
    }

    [Theory]
    [MemberData(nameof(Figures))]
    public void They_are_the_intervals_of_the_metric_and_of_each_column_alone(int figure, Averaging average, bool grouped, BootstrapMethod method)
    {
        using var scope = NewDisposeScope();
        var batch = Batch.Random(new Random(figure), 40, 5);
        string?[]? patients = grouped ? [.. Enumerable.Range(0, 40).Select(i => i < 5 ? null : $"patient {i / 3}")] : null;
        var options = Few with { Method = method };
        LabelCountMetric Metric(Averaging averaging)
        {
            var settings = new LabelMetricOptions { Average = averaging, ZeroDivision = ZeroDivision.NaN };
            return figure switch { 0 => new MultiLabelF1(settings), 1 => new Precision(settings), 2 => new Recall(settings), _ => new Specificity(settings) };
        }

        var together = Bootstrap.LabelIntervals(() => Metric(average), batch.Scores, batch.Targets, patients, options);

        Close(Bootstrap.Interval(() => Metric(average), batch.Scores, batch.Targets, patients, options), together.Average!);
        Assert.All(Enumerable.Range(0, 5), c => Close(
            Bootstrap.Interval(() => Metric(Averaging.Micro), batch.Scores.narrow(1, c, 1), batch.Targets.narrow(1, c, 1), patients, options),
            together.Classes[c]!));

        static void Close(ConfidenceInterval expected, ConfidenceInterval actual)
        {
            Assert.False(actual.IsExact);
            Assert.Equal(expected.Estimate, actual.Estimate, 12);
            Assert.Equal(expected.Lower, actual.Lower, 12);
            Assert.Equal(expected.Upper, actual.Upper, 12);
            Assert.Equal(expected.StandardError, actual.StandardError, 12);
            Assert.Equal((expected.Units, expected.UndefinedResamples), (actual.Units, actual.UndefinedResamples));
        }
    }

    [Fact]
    public void A_class_without_a_hit_or_without_a_fault_has_an_exact_interval_and_an_absent_one_none()
    {
        using var scope = NewDisposeScope();

        // Of class 0, 20 images are missed; of class 1, 10 are found and nothing else is taken for it; class 2 does not occur.
        var targets = zeros(30, 3);
        var scores = zeros(30, 3);
        targets[..20, 0] = ones(20);
        targets[20.., 1] = ones(10);
        scores[20.., 1] = ones(10);

        var intervals = Bootstrap.LabelIntervals(() => new MultiLabelF1(), scores, targets, options: Few);

        // 0 of 20 goes up to 0.16843 (Newcombe 1998, table I), 10 of 10 down to 0.025^(1/10) = 0.69150; F1 is 2J / (1 + J).
        Assert.Equal((0, 0), (intervals.Classes[0]!.Estimate, intervals.Classes[0]!.Lower));
        Assert.Equal(2 * 0.16843 / 1.16843, intervals.Classes[0]!.Upper, 1e-5);
        Assert.Equal((1, 1), (intervals.Classes[1]!.Estimate, intervals.Classes[1]!.Upper));
        Assert.Equal(2 * 0.69150 / 1.69150, intervals.Classes[1]!.Lower, 1e-5);
        Assert.All(intervals.Classes.Take(2), interval => Assert.True(interval!.IsExact));
        Assert.Null(intervals.Classes[2]);
        Assert.Equal(20.0 / 40, intervals.Average!.Estimate, 12);
        Assert.True(intervals.Average.Lower < intervals.Average.Upper);

        var recall = Bootstrap.LabelIntervals(() => new Recall(), scores, targets, options: Few);
        Assert.Equal(0.16843, recall.Classes[0]!.Upper, 1e-5);
        Assert.Null(Bootstrap.LabelIntervals(() => new Precision(), scores, targets, options: Few).Classes[0]);
    }

    [Fact]
    public void Patients_not_images_are_the_cases_of_an_exact_interval()
    {
        using var scope = NewDisposeScope();
        string[] patients = [.. Enumerable.Range(0, 60).Select(i => $"patient {i / 3}")];
        var missed = Bootstrap.LabelIntervals(() => new Recall(), zeros(60, 1), ones(60, 1), patients, Few);
        Assert.Equal(0.16843, missed.Classes[0]!.Upper, 1e-5);
        Assert.Equal(0.16843, missed.Average!.Upper, 1e-5);
        Assert.Equal(20, missed.Average.Units);
    }

    [Fact]
    public void Where_every_image_is_right_the_lower_end_is_that_of_the_share_of_right_images()
    {
        using var scope = NewDisposeScope();
        var targets = eye(4).repeat(5, 1);
        var right = Bootstrap.LabelIntervals(() => new MultiLabelF1(), targets, targets, options: Few).Average!;
        Assert.Equal((1, 1), (right.Estimate, right.Upper));
        Assert.Equal(1 - 0.16843, right.Lower, 1e-5);
    }

    [Theory]
    [InlineData(81, 263, 0.2527, 0.3676)]
    [InlineData(15, 148, 0.0578, 0.1617)]
    [InlineData(0, 20, 0, 0.1684)]
    [InlineData(1, 29, 0.0009, 0.1776)]
    [InlineData(29, 29, 0.8806, 1)]
    public void Clopper_and_Pearsons_interval_has_the_published_ends(int hits, int cases, double lower, double upper)
    {
        // Newcombe 1998, Statistics in Medicine 17, 857, table I, method 5; and 1 − 0.1194 for 0 of 29.
        var interval = BinomialInterval.ClopperPearson(hits, cases);
        Assert.Equal(lower, interval.Lower, 5e-5);
        Assert.Equal(upper, interval.Upper, 5e-5);
    }

    [Fact]
    public void A_thousand_classes_take_one_set_of_resamples_which_tells_how_far_it_is_and_can_be_stopped()
    {
        using var scope = NewDisposeScope();
        var random = new Random(5);
        const int Images = 5000, Classes = 1000;
        long[] truth = [.. Enumerable.Range(0, Images).Select(_ => (long)random.Next(Classes))];
        var targets = nn.functional.one_hot(tensor(truth), Classes);
        long[] predicted = [.. truth.Select(t => random.Next(2) == 0 ? t : random.Next(Classes))];
        var scores = nn.functional.one_hot(tensor(predicted), Classes).to(ScalarType.Float32);
        var shares = new List<double>();

        var intervals = Bootstrap.LabelIntervals(() => new MultiLabelF1(), scores, targets, options: Few, progress: new Progress(shares.Add));

        foreach (var c in new[] { 0, 500, 999 })
        {
            var alone = Bootstrap.Interval(() => new MultiLabelF1(), scores.narrow(1, c, 1), targets.narrow(1, c, 1), options: Few);
            Assert.Equal((alone.Estimate, alone.Lower, alone.Upper), (intervals.Classes[c]!.Estimate, intervals.Classes[c]!.Lower, intervals.Classes[c]!.Upper));
        }

        Assert.Equal(60, shares.Count);
        Assert.Equal(shares.Order(), shares);
        Assert.Equal(1, shares[^1]);

        using var stop = new CancellationTokenSource();
        var seen = 0;
        Assert.Throws<OperationCanceledException>(() => Bootstrap.LabelIntervals(
            () => new MultiLabelF1(), scores, targets, options: Few, progress: new Progress(_ => Stop()), cancellationToken: stop.Token));
        Assert.Equal(1, seen);

        void Stop()
        {
            seen++;
            stop.Cancel();
        }
    }

    [Fact]
    public void Misuse_is_explained_and_nothing_is_left_behind()
    {
        using var scores = full(5, 3, 0.7f);
        using var targets = ones(5, 3);
        Expect.LeavesTensors(0, () => _ = Bootstrap.LabelIntervals(() => new MultiLabelF1(), scores, targets, options: Few));
        Assert.Contains("samples", Assert.Throws<ArgumentException>(() => Bootstrap.LabelIntervals(() => new MultiLabelF1(Averaging.Samples), scores, targets)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Bootstrap.LabelIntervals(() => new MultiLabelF1(LabelMetricOptions.NotebookEvaluation), scores, targets));
        Assert.Contains("at least 2", Assert.Throws<CassInputException>(() => Bootstrap.LabelIntervals(() => new MultiLabelF1(), scores.narrow(0, 0, 1), targets.narrow(0, 0, 1))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => BinomialInterval.ClopperPearson(3, 2));
        Assert.Throws<ArgumentOutOfRangeException>(() => BinomialInterval.ClopperPearson(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => BinomialInterval.ClopperPearson(0, 1, 1));
    }

    private sealed class Progress(Action<double> report) : IProgress<double>
    {
        public void Report(double value) => report(value);
    }
}
