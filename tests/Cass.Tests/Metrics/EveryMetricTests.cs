using Cass.Metrics;
using Cass.Tests.Losses;
using FsCheck;
using FsCheck.Fluent;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Metrics;

/// <summary>What holds for all metrics alike.</summary>
public sealed class EveryMetricTests
{
    public static TheoryData<string> Kinds => EveryMetric.Names;

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Order_batches_and_merging_change_nothing(string kind) =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            seed =>
            {
                using var scope = NewDisposeScope();
                var random = new Random(seed);
                var (samples, classes) = (random.Next(2, 20), random.Next(1, 5));
                var scores = Scores(seed, samples, classes);
                var targets = Classes(seed, samples, classes);
                long[] order = [.. Enumerable.Range(0, samples).Select(i => (long)i)];
                random.Shuffle(order);
                var index = tensor(order);
                var cut = random.Next(1, samples);

                using var whole = EveryMetric.Create(kind);
                using var permuted = EveryMetric.Create(kind);
                using var left = EveryMetric.Create(kind);
                using var right = EveryMetric.Create(kind);
                using var received = EveryMetric.Create(kind);
                whole.Update(scores, targets);
                permuted.Update(scores.index_select(0, index), targets.index_select(0, index));
                left.Update(scores.narrow(0, 0, cut), targets.narrow(0, 0, cut));
                right.Update(scores.narrow(0, cut, samples - cut), targets.narrow(0, cut, samples - cut));
                received.Merge(right.GetState());
                received.Merge(left.GetState());
                left.Merge(right);

                Assert.Equal(whole.Compute(), permuted.Compute(), 1e-9);
                Assert.Equal(whole.Compute(), left.Compute(), 1e-9);
                Assert.Equal(whole.Compute(), received.Compute(), 1e-9);
                Assert.Equal(samples, received.Samples);
            }).QuickCheckThrowOnFailure();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Types_and_layouts_change_nothing(string kind)
    {
        using var scope = NewDisposeScope();
        var scores = Scores(1, 40, 5);
        var targets = nn.functional.one_hot(Classes(1, 40, 5), 5);
        using var expected = EveryMetric.Create(kind);
        expected.Update(scores, targets);
        foreach (var type in new[] { ScalarType.Float64, ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16 })
        {
            using var metric = EveryMetric.Create(kind);
            metric.Update(scores.to(type).t().contiguous().t(), targets.to(ScalarType.BFloat16).t().contiguous().t());
            Assert.Equal(expected.Compute(), metric.Compute(), 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void One_sample_one_class_and_many_classes_will_do(string kind)
    {
        using var scope = NewDisposeScope();

        // A confusion matrix of 10,000 classes would be 800 MB.
        long[] sizes = [1, 2, string.Equals(kind, "confusion matrix", StringComparison.Ordinal) ? 1000 : 10_000];
        foreach (var classes in sizes)
        {
            using var metric = EveryMetric.Create(kind);
            metric.Update(full(1, classes, 0.4f), zeros(1, ScalarType.Int64));
            metric.Update(zeros(0, classes), zeros(0, ScalarType.Int64));
            Assert.Equal(1, metric.Samples);
            Assert.Equal(classes, metric.Classes);
            var figure = metric.Compute();
            Assert.True(kind.StartsWith("AUROC", StringComparison.Ordinal) || double.IsFinite(figure));
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Wrong_batches_are_refused_and_leave_no_trace(string kind)
    {
        using var scope = NewDisposeScope();
        using var metric = EveryMetric.Create(kind);
        var scores = Scores(1, 6, 3);
        var targets = Classes(1, 6, 3);
        metric.Update(scores, targets);
        var before = metric.Compute();

        Assert.Contains("[6, 4]", Assert.Throws<ArgumentException>(() => metric.Update(zeros(6, 4), zeros(6, 4))).Message, StringComparison.Ordinal);
        Assert.Contains("[5]", Assert.Throws<ArgumentException>(() => metric.Update(scores, zeros(5, ScalarType.Int64))).Message, StringComparison.Ordinal);
        Assert.Contains("meta", Assert.Throws<ArgumentException>(() => metric.Update(scores, zeros(6, ScalarType.Int64, META))).Message, StringComparison.Ordinal);
        Assert.Contains("meta", Assert.Throws<ArgumentException>(() => metric.Update(zeros(6, 3, device: META), zeros(6, 3, device: META))).Message, StringComparison.Ordinal);
        Assert.Throws<CassInputException>(() => metric.Update(full(6, 3, float.NaN), targets));
        Assert.Throws<CassInputException>(() => metric.Update(scores + 2, targets));
        Assert.Throws<CassInputException>(() => metric.Update(scores, targets + 3));
        Assert.Throws<CassInputException>(() => metric.Update(scores, full(6, 3, 0.5f)));

        Assert.Equal(before, metric.Compute());
        metric.Reset();
        Assert.Throws<InvalidOperationException>(() => metric.Compute());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Updating_computing_and_merging_leave_nothing_behind(string kind)
    {
        using var scores = Scores(1, 6, 3);
        using var targets = Classes(1, 6, 3);
        using var metric = EveryMetric.Create(kind);
        using var other = EveryMetric.Create(kind);
        other.Update(scores, targets);
        Expect.LeavesTensors(0, () =>
        {
            metric.Update(scores, targets);
            metric.Merge(other);
            _ = metric.Compute();
        });
        Expect.LeavesTensors(0, () =>
        {
            using var brief = EveryMetric.Create(kind);
            brief.Update(scores, targets);
        });
    }

    /// <summary>Multiples of 1/64, which every floating-point type holds exactly.</summary>
    private static Tensor Scores(int seed, long samples, long classes)
    {
        using var uniform = Sample.Uniform(seed, 0, 64, samples, classes);
        using var rounded = uniform.round();
        return rounded / 64;
    }

    private static Tensor Classes(int seed, long samples, long classes)
    {
        using var uniform = Sample.Uniform(seed + 1, 0, 1, samples, classes);
        return uniform.argmax(1);
    }
}
