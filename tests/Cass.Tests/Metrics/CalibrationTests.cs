using Cass.Metrics;
using Cass.Tests.Losses;
using FsCheck;
using FsCheck.Fluent;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Metrics;

/// <summary>Expected and maximum calibration error and the Brier score.</summary>
public sealed class CalibrationTests
{
    [Fact]
    public void They_equal_binning_by_hand() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            seed =>
            {
                using var scope = NewDisposeScope();
                var random = new Random(seed);
                var batch = Batch.Random(random, random.Next(1, 20), random.Next(1, 4));
                var bins = random.Next(1, 8);
                var cells = (from i in Enumerable.Range(0, batch.Samples) from j in Enumerable.Range(0, batch.Classes) select (P: batch.ScoreOf(i, j), T: batch.LabelOf(i, j) ? 1.0 : 0)).ToList();
                var gaps = Enumerable.Range(0, bins)
                    .Select(b => cells.Where(c => (c.P > (double)b / bins || (b == 0 && c.P == 0)) && c.P <= (b + 1.0) / bins).ToList())
                    .Where(bin => bin.Count > 0)
                    .Select(bin => (Gap: Math.Abs(bin.Average(c => c.T) - bin.Average(c => c.P)), Share: bin.Count / (double)cells.Count)).ToList();

                using var expected = new CalibrationError(bins, CalibrationScope.EveryLabel);
                using var maximum = new CalibrationError(bins, CalibrationScope.EveryLabel, CalibrationNorm.Maximum);
                using var brier = new BrierScore();
                using var brierSum = new BrierScore(BrierForm.SumOverLabels);
                foreach (var metric in new Metric[] { expected, maximum, brier, brierSum })
                {
                    metric.Update(batch.Scores, batch.Targets);
                }

                Assert.Equal(gaps.Sum(g => g.Gap * g.Share), expected.Compute(), 1e-9);
                Assert.Equal(gaps.Max(g => g.Gap), maximum.Compute(), 1e-9);
                Assert.Equal(cells.Average(c => Math.Pow(c.P - c.T, 2)), brier.Compute(), 1e-9);
                Assert.Equal(cells.Sum(c => Math.Pow(c.P - c.T, 2)) / batch.Samples, brierSum.Compute(), 1e-9);
                Assert.Equal(cells.Count, expected.Reliability().Sum(bin => bin.Count));
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_top_label_is_what_confidence_means_for_single_label_data()
    {
        using var scope = NewDisposeScope();
        using var error = new CalibrationError(bins: 10);
        error.Update(tensor(new[] { 0.75, 0.25, 0.35, 0.65, 0.25, 0.75 }, [3, 2]), tensor(new long[] { 0, 0, 1 }));

        // Confidences 0.75, 0.65, 0.75 with outcomes right, wrong, right.
        Assert.Equal(((2 * 0.25) + 0.65) / 3, error.Compute(), 10);
        Assert.Equal(2, error.Reliability()[7].Count);
        Assert.True(double.IsNaN(error.Reliability()[0].Accuracy));
    }

    [Fact]
    public void Logits_become_probabilities()
    {
        using var scope = NewDisposeScope();
        var logits = Sample.Uniform(1, -3, 3, 30, 3);
        var classes = Sample.Uniform(2, -3, 3, 30, 3).argmax(1);
        Same(new BrierScore(scores: ScoreKind.Logits), new BrierScore(), logits.sigmoid());
        Same(new BrierScore(scores: ScoreKind.SoftmaxLogits), new BrierScore(), logits.softmax(1));
        Same(new CalibrationError(scores: ScoreKind.SoftmaxLogits), new CalibrationError(), logits.softmax(1));

        void Same(Metric onLogits, Metric onProbabilities, Tensor probabilities)
        {
            using (onLogits)
            using (onProbabilities)
            {
                onLogits.Update(logits, classes);
                onProbabilities.Update(probabilities, classes);
                Assert.Equal(onProbabilities.Compute(), onLogits.Compute(), 12);
            }
        }
    }

    [Fact]
    public void Merging_parts_changes_nothing_and_nothing_is_left_behind()
    {
        using var scope = NewDisposeScope();
        var scores = Sample.Uniform(1, 0, 1, 20, 3);
        var classes = Sample.Uniform(2, 0, 1, 20, 3).argmax(1);
        foreach (var create in new Func<Metric>[] { () => new CalibrationError(), () => new BrierScore() })
        {
            using var whole = create();
            using var left = create();
            using var right = create();
            whole.Update(scores, classes);
            left.Update(scores.narrow(0, 0, 7), classes.narrow(0, 0, 7));
            right.Update(scores.narrow(0, 7, 13), classes.narrow(0, 7, 13));
            left.Merge(right);
            Assert.Equal(whole.Compute(), left.Compute(), 12);
            Expect.LeavesTensors(0, () =>
            {
                whole.Update(scores, classes);
                _ = whole.Compute();
            });
        }
    }

    [Fact]
    public void Impossible_bins_are_refused() => Assert.Throws<CassInputException>(() => new CalibrationError(bins: 0));
}
