using Cass.Metrics;
using Cass.Tests.Losses;
using FsCheck;
using FsCheck.Fluent;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Metrics;

public sealed class ThresholdTuningTests
{
    [Theory]
    [InlineData(ThresholdObjective.F1)]
    [InlineData(ThresholdObjective.YoudenJ)]
    public void No_threshold_is_better_and_the_metrics_confirm_what_it_reaches(ThresholdObjective objective) =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            seed =>
            {
                using var scope = NewDisposeScope();
                var random = new Random(seed);
                var batch = Batch.Random(random, random.Next(1, 15), random.Next(1, 4));
                var result = ThresholdTuning.PerClass(batch.Scores, batch.Targets, objective);
                for (var c = 0; c < batch.Classes; c++)
                {
                    if (result.UntunedClasses.Contains(c))
                    {
                        Assert.Equal(0.5, result.Thresholds[c]);
                        Assert.True(double.IsNaN(Reached(batch, c, 0.5, objective)) || double.IsNaN(result.Objectives[c]));
                        continue;
                    }

                    // Scores are multiples of 1/16: between two of them no threshold differs from the middle.
                    var best = Enumerable.Range(-1, 34).Select(i => i / 32.0).Where(t => t is >= 0 and <= 1).Max(t => Reached(batch, c, t, objective));
                    Assert.Equal(best, result.Objectives[c], 12);
                    Assert.Equal(best, Reached(batch, c, result.Thresholds[c], objective), 12);
                }

                using var f1 = new MultiLabelF1(new LabelMetricOptions { Thresholds = result.Thresholds });
                f1.Update(batch.Scores, batch.Targets);
                if (objective == ThresholdObjective.F1)
                {
                    var tuned = Enumerable.Range(0, batch.Classes).Except(result.UntunedClasses);
                    Assert.All(tuned, c => Assert.Equal(result.Objectives[c], f1.ComputePerClass()[c], 12));
                }
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_shared_threshold_maximises_the_pooled_F1()
    {
        using var scope = NewDisposeScope();
        var batch = Batch.Random(new Random(5), 40, 3);
        var result = ThresholdTuning.Shared(batch.Scores, batch.Targets);
        Assert.True(result.Thresholds.IsUniform);
        var best = Enumerable.Range(0, 33).Max(i => MicroF1(i / 32.0));
        Assert.Equal(best, MicroF1(result.Thresholds[0]), 12);
        Assert.Equal(best, Assert.Single(result.Objectives), 12);

        double MicroF1(double threshold)
        {
            using var f1 = new MultiLabelF1(new LabelMetricOptions { Thresholds = DecisionThresholds.Uniform(threshold) });
            f1.Update(batch.Scores, batch.Targets);
            return f1.Compute();
        }
    }

    [Fact]
    public void Of_equally_good_thresholds_the_nearest_to_one_half_is_taken()
    {
        using var scope = NewDisposeScope();
        var scores = tensor(new[] { 0.9, 0.8, 0.1 }, [3, 1]);
        var result = ThresholdTuning.PerClass(scores, tensor(new[] { 1f, 1f, 0f }, [3, 1]));
        Assert.Equal(0.45, result.Thresholds[0], 12);
        Assert.Equal(1, result.Objectives[0]);
    }

    [Fact]
    public void Neighboring_numbers_and_the_ends_of_the_range_are_told_apart()
    {
        using var scope = NewDisposeScope();
        foreach (var (high, low) in new[] { (Math.BitIncrement(0.5), 0.5), (1.0, Math.BitDecrement(1.0)), (double.Epsilon, 0.0) })
        {
            var scores = tensor(new[] { high, low }, [2, 1]);
            var targets = tensor(new[] { 1f, 0f }, [2, 1]);
            var result = ThresholdTuning.PerClass(scores, targets);
            using var f1 = new MultiLabelF1(new LabelMetricOptions { Thresholds = result.Thresholds });
            f1.Update(scores, targets);
            Assert.Equal(1, f1.Compute());
        }
    }

    [Fact]
    public void Classes_that_cannot_be_tuned_are_named()
    {
        using var scope = NewDisposeScope();
        var scores = full(2, 2, 0.3f);
        var targets = tensor(new[] { 0f, 1f, 0f, 1f }, [2, 2]);
        Assert.Equal([0], ThresholdTuning.PerClass(scores, targets).UntunedClasses);
        Assert.Equal([0, 1], ThresholdTuning.PerClass(scores, targets, ThresholdObjective.YoudenJ).UntunedClasses);
        Assert.Throws<CassInputException>(() => ThresholdTuning.PerClass(scores * 4, targets));
        Assert.Contains("[0, 2]", Assert.Throws<ArgumentException>(() => ThresholdTuning.PerClass(zeros(0, 2), zeros(0, 2))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tuning_leaves_nothing_behind()
    {
        using var scores = full(4, 3, 0.7f);
        using var targets = ones(4, 3);
        Expect.LeavesTensors(0, () => _ = ThresholdTuning.PerClass(scores, targets));
    }

    private static double Reached(Batch batch, int c, double threshold, ThresholdObjective objective)
    {
        double tp = 0, fp = 0, fn = 0, tn = 0;
        for (var i = 0; i < batch.Samples; i++)
        {
            var predicted = batch.ScoreOf(i, c) > threshold;
            var label = batch.LabelOf(i, c);
            tp += predicted && label ? 1 : 0;
            fp += predicted && !label ? 1 : 0;
            fn += !predicted && label ? 1 : 0;
            tn += !predicted && !label ? 1 : 0;
        }

        return objective == ThresholdObjective.F1 ? 2 * tp / ((2 * tp) + fp + fn) : (tp / (tp + fn)) + (tn / (tn + fp)) - 1;
    }
}
