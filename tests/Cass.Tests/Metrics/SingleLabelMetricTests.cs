using Cass.Metrics;
using Cass.Tests.Losses;
using FsCheck;
using FsCheck.Fluent;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Metrics;

/// <summary>Accuracy, balanced accuracy, Matthews correlation and Cohen's kappa.</summary>
public sealed class SingleLabelMetricTests
{
    [Fact]
    public void They_equal_their_definitions_over_pairs_of_classes() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            seed =>
            {
                using var scope = NewDisposeScope();
                var random = new Random(seed);
                var (samples, classes) = (random.Next(2, 20), random.Next(2, 5));
                int[] predicted = [.. Enumerable.Range(0, samples).Select(_ => random.Next(classes))];
                int[] truth = [.. Enumerable.Range(0, samples).Select(_ => random.Next(classes))];
                var scores = nn.functional.one_hot(Indices(predicted), classes).to(ScalarType.Float32);

                Assert.Equal(predicted.Zip(truth).Average(p => p.First == p.Second ? 1.0 : 0), Figure(new Accuracy()), 12);
                Assert.Equal(
                    truth.Distinct().Average(c => predicted.Zip(truth).Where(p => p.Second == c).Average(p => p.First == c ? 1.0 : 0)),
                    Figure(new BalancedAccuracy()),
                    12);

                // Gorodkin's definition: the correlation of the one-hot codes, summed over the classes.
                var correlation = Covariance(predicted, truth) / Math.Sqrt(Covariance(predicted, predicted) * Covariance(truth, truth));
                Assert.Equal(double.IsNaN(correlation) ? 0 : correlation, Figure(new MatthewsCorrelation()), 1e-9);

                var agreement = predicted.Zip(truth).Average(p => p.First == p.Second ? 1.0 : 0);
                var chance = Enumerable.Range(0, classes).Sum(c => predicted.Average(p => p == c ? 1.0 : 0) * truth.Average(t => t == c ? 1.0 : 0));
                Assert.Equal(chance == 1 ? 0 : (agreement - chance) / (1 - chance), Figure(new CohenKappa()), 1e-9);

                double Figure(Metric metric)
                {
                    using (metric)
                    {
                        metric.Update(scores, Indices(truth));
                        return metric.Compute();
                    }
                }

                double Covariance(int[] a, int[] b) => Enumerable.Range(0, classes).Sum(c =>
                {
                    var (meanA, meanB) = (a.Average(x => x == c ? 1.0 : 0), b.Average(x => x == c ? 1.0 : 0));
                    return a.Zip(b).Sum(p => ((p.First == c ? 1 : 0) - meanA) * ((p.Second == c ? 1 : 0) - meanB));
                });
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void Merging_parts_changes_nothing()
    {
        using var scope = NewDisposeScope();
        var scores = Sample.Uniform(1, 0, 1, 20, 3);
        var classes = Sample.Uniform(2, 0, 1, 20, 3).argmax(1);
        foreach (var create in Kinds())
        {
            using var whole = create();
            using var left = create();
            using var right = create();
            whole.Update(scores, classes);
            left.Update(scores.narrow(0, 0, 7), classes.narrow(0, 0, 7));
            right.Update(scores.narrow(0, 7, 13), classes.narrow(0, 7, 13));
            left.Merge(right);
            Assert.Equal(whole.Compute(), left.Compute(), 12);
        }
    }

    [Theory]
    [InlineData(ZeroDivision.Zero, 0)]
    [InlineData(ZeroDivision.One, 1)]
    [InlineData(ZeroDivision.NaN, double.NaN)]
    public void Undefined_figures_follow_the_choice(ZeroDivision choice, double expected)
    {
        using var scope = NewDisposeScope();
        using var correlation = new MatthewsCorrelation(zeroDivision: choice);
        using var kappa = new CohenKappa(zeroDivision: choice);
        foreach (var metric in new Metric[] { correlation, kappa })
        {
            metric.Update(ones(2, 1), ones(2, 1));
            Assert.Equal(expected, metric.Compute());
        }
    }

    [Fact]
    public void Ten_thousand_classes_and_one()
    {
        using var scope = NewDisposeScope();
        foreach (var create in Kinds())
        {
            using var metric = create();
            metric.Update(eye(5, 10_000), arange(5, ScalarType.Int64));
            Assert.Equal(1, metric.Compute(), 12);
        }

        using var accuracy = new Accuracy();
        accuracy.Update(ones(1, 1), ones(1, 1));
        Assert.Equal(1, accuracy.Compute());
    }

    [Fact]
    public void Subset_accuracy_wants_every_label_right()
    {
        using var scope = NewDisposeScope();
        using var accuracy = new Accuracy(DecisionRule.Threshold, DecisionThresholds.PerClass([0.5, 0.2]));
        accuracy.Update(tensor(new[] { 0.6f, 0.3f, 0.6f, 0.1f }, [2, 2]), ones(2, 2));
        Assert.Equal(0.5, accuracy.Compute());
        accuracy.Reset();
        Assert.Contains("2 thresholds", Assert.Throws<ArgumentException>(() => accuracy.Update(zeros(2, 3), zeros(2, 3))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Updating_and_computing_leave_nothing_behind()
    {
        using var scores = full(4, 3, 0.7f);
        using var classes = tensor(new long[] { 0, 1, 2, 0 });
        foreach (var create in Kinds())
        {
            using var metric = create();
            Expect.LeavesTensors(0, () =>
            {
                metric.Update(scores, classes);
                _ = metric.Compute();
            });
        }
    }

    private static IEnumerable<Func<Metric>> Kinds() =>
        [() => new Accuracy(), () => new BalancedAccuracy(), () => new MatthewsCorrelation(), () => new CohenKappa()];

    private static Tensor Indices(int[] values) => tensor([.. values.Select(value => (long)value)]);
}
