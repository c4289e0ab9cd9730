using Cass.Metrics;
using Cass.Tests.Losses;
using FsCheck;
using FsCheck.Fluent;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Metrics;

/// <summary>AUROC and average precision against their definitions by comparing all pairs and all thresholds.</summary>
public sealed class RankingMetricTests
{
    [Fact]
    public void Every_averaging_equals_the_definition() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            seed =>
            {
                using var scope = NewDisposeScope();
                var random = new Random(seed);
                var batch = Batch.Random(random, random.Next(1, 15), random.Next(1, 5));
                foreach (var average in Enum.GetValues<Averaging>())
                {
                    foreach (var zero in Enum.GetValues<ZeroDivision>())
                    {
                        var options = new RankingOptions { Average = average, ZeroDivision = zero };
                        using var auroc = new Auroc(options);
                        using var precision = new AveragePrecision(options);
                        auroc.Update(batch.Scores, batch.Targets);
                        precision.Update(batch.Scores, batch.Targets);
                        Assert.Equal(Expected(batch, average, zero, AurocByPairs), auroc.Compute(), 1e-12);
                        Assert.Equal(Expected(batch, average, zero, PrecisionByThresholds), precision.Compute(), 1e-12);
                    }
                }
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void Batches_merging_and_order_change_nothing()
    {
        using var scope = NewDisposeScope();
        var batch = Batch.Random(new Random(3), 300, 3);
        int[] order = [.. Enumerable.Range(0, 300)];
        new Random(4).Shuffle(order);
        var index = tensor([.. order.Select(i => (long)i)]);
        using var whole = new Auroc();
        using var parts = new Auroc();
        using var other = new Auroc();
        using var permuted = new Auroc();
        whole.Update(batch.Scores, batch.Targets);
        permuted.Update(batch.Scores.index_select(0, index), batch.Targets.index_select(0, index));
        for (var start = 0; start < 300; start += 7)
        {
            var length = Math.Min(7, 300 - start);
            (start < 100 ? parts : other).Update(batch.Scores.narrow(0, start, length), batch.Targets.narrow(0, start, length));
        }

        parts.Merge(other);
        Assert.Equal(300, parts.Samples);
        Assert.Equal(whole.Compute(), parts.Compute(), 12);
        Assert.Equal(whole.Compute(), permuted.Compute(), 12);

        using var received = new Auroc();
        received.Merge(parts.GetState());
        Assert.Equal(whole.ComputePerClass(), received.ComputePerClass());
    }

    [Fact]
    public void A_label_that_all_samples_have_is_left_out_by_default()
    {
        using var scope = NewDisposeScope();
        var scores = tensor(new[] { 0.1f, 0.5f, 0.9f, 0.5f }, [2, 2]);
        var targets = tensor(new[] { 0f, 1f, 1f, 1f }, [2, 2]);
        using var auroc = new Auroc();
        auroc.Update(scores, targets);
        Assert.Equal(1, auroc.Compute());
        Assert.True(double.IsNaN(auroc.ComputePerClass()[1]));

        using var nothingLeft = new Auroc();
        nothingLeft.Update(scores, ones(2, 2));
        Assert.True(double.IsNaN(nothingLeft.Compute()));
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Types_may_even_change_between_batches(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var batch = Batch.Random(new Random(3), 40, 3);
        using var expected = new Auroc();
        using var mixed = new Auroc();
        expected.Update(batch.Scores, batch.Targets);
        mixed.Update(batch.Scores.narrow(0, 0, 20).to(ScalarType.Float32), batch.Targets.narrow(0, 0, 20));
        mixed.Update(batch.Scores.narrow(0, 20, 20).to(type).t().contiguous().t(), batch.Targets.narrow(0, 20, 20));
        Assert.Equal(expected.Compute(), mixed.Compute(), 12);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 10_000)]
    public void Any_number_of_samples_and_classes_will_do(int samples, int classes)
    {
        using var scope = NewDisposeScope();
        using var precision = new AveragePrecision();
        precision.Update(full(samples, classes, 0.5f), ones(samples, classes));
        Assert.Equal(1, precision.Compute(), 12);
    }

    [Fact]
    public void Softmax_logits_rank_as_probabilities()
    {
        using var scope = NewDisposeScope();
        var logits = Sample.Uniform(1, -3, 3, 30, 3);
        var classes = logits.argmax(1);
        using var onLogits = new Auroc(new RankingOptions { Scores = ScoreKind.SoftmaxLogits });
        using var onProbabilities = new Auroc();
        onLogits.Update(logits, classes);
        onProbabilities.Update(logits.softmax(1), classes);
        Assert.Equal(onProbabilities.Compute(), onLogits.Compute(), 12);
    }

    [Fact]
    public void Updating_and_computing_leave_nothing_behind()
    {
        using var scores = full(100, 3, 0.7f);
        using var targets = ones(100, 3);
        foreach (var average in Enum.GetValues<Averaging>())
        {
            using var auroc = new Auroc(new RankingOptions { Average = average });
            Expect.LeavesTensors(0, () =>
            {
                auroc.Update(scores, targets);
                _ = auroc.Compute();
                _ = auroc.ComputePerClass();
            });
        }
    }

    private static double Expected(Batch batch, Averaging average, ZeroDivision zero, Func<(double Score, bool Label)[], double> figure)
    {
        var samples = Enumerable.Range(0, batch.Samples).ToArray();
        var classes = Enumerable.Range(0, batch.Classes).ToArray();
        var undefined = zero == ZeroDivision.Zero ? 0 : zero == ZeroDivision.One ? 1 : double.NaN;
        (double, bool) Cell(int i, int j) => (batch.ScoreOf(i, j), batch.LabelOf(i, j));
        double Defined((double, bool)[] cells)
        {
            var value = figure(cells);
            return double.IsNaN(value) ? undefined : value;
        }

        if (average == Averaging.Micro)
        {
            return Defined([.. samples.SelectMany(i => classes.Select(j => Cell(i, j)))]);
        }

        var groups = average == Averaging.Samples
            ? samples.Select(i => classes.Select(j => Cell(i, j)).ToArray())
            : classes.Select(j => samples.Select(i => Cell(i, j)).ToArray());
        var figures = groups
            .Select(cells => (Value: Defined(cells), Weight: average == Averaging.Weighted ? cells.Count(cell => cell.Item2) : 1.0))
            .Where(f => !double.IsNaN(f.Value)).ToList();
        return figures.Sum(f => f.Weight) == 0 ? undefined : figures.Sum(f => f.Value * f.Weight) / figures.Sum(f => f.Weight);
    }

    private static double AurocByPairs((double Score, bool Label)[] cells)
    {
        var wins = from p in cells where p.Label from n in cells where !n.Label select p.Score > n.Score ? 1.0 : p.Score == n.Score ? 0.5 : 0;
        return wins.DefaultIfEmpty(double.NaN).Average();
    }

    private static double PrecisionByThresholds((double Score, bool Label)[] cells)
    {
        double positives = cells.Count(cell => cell.Label);
        var sum = 0.0;
        var recallBefore = 0.0;
        foreach (var threshold in cells.Select(cell => cell.Score).Distinct().OrderDescending())
        {
            var predicted = cells.Where(cell => cell.Score >= threshold).ToList();
            double hits = predicted.Count(cell => cell.Label);
            sum += (hits / predicted.Count) * ((hits / positives) - recallBefore);
            recallBefore = hits / positives;
        }

        return positives == 0 ? double.NaN : sum;
    }
}
