using Cass.Metrics;
using Cass.Tests.Losses;
using FsCheck;
using FsCheck.Fluent;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Metrics;

/// <summary>F1, precision, recall and specificity against counting by hand.</summary>
public sealed class LabelMetricTests
{
    private static readonly Func<LabelMetricOptions, LabelCountMetric>[] Kinds =
    [
        options => new MultiLabelF1(options), options => new Precision(options), options => new Recall(options), options => new Specificity(options),
    ];

    [Fact]
    public void Every_averaging_equals_counting_by_hand() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            seed =>
            {
                using var scope = NewDisposeScope();
                var batch = Batch.Random(new Random(seed), new Random(seed).Next(1, 12), new Random(seed + 1).Next(1, 6));
                foreach (var zero in Enum.GetValues<ZeroDivision>())
                {
                    foreach (var average in Enum.GetValues<Averaging>())
                    {
                        for (var kind = 0; kind < Kinds.Length; kind++)
                        {
                            using var metric = Kinds[kind](new LabelMetricOptions { Average = average, ZeroDivision = zero });
                            metric.Update(batch.Scores, batch.Targets);
                            var expected = batch.ByHand(kind, average, zero);
                            Assert.Equal(expected, metric.Compute(), 1e-12);
                        }
                    }
                }
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void Permuting_samples_and_merging_parts_change_nothing() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            seed =>
            {
                using var scope = NewDisposeScope();
                var random = new Random(seed);
                var batch = Batch.Random(random, 9, 3);
                int[] order = [.. Enumerable.Range(0, 9)];
                random.Shuffle(order);
                using var index = tensor([.. order.Select(i => (long)i)]);
                var cut = random.Next(0, 10);
                foreach (var average in Enum.GetValues<Averaging>())
                {
                    using var whole = new MultiLabelF1(average);
                    using var permuted = new MultiLabelF1(average);
                    using var left = new MultiLabelF1(average);
                    using var right = new MultiLabelF1(average);
                    whole.Update(batch.Scores, batch.Targets);
                    permuted.Update(batch.Scores.index_select(0, index), batch.Targets.index_select(0, index));
                    left.Update(batch.Scores.narrow(0, 0, cut), batch.Targets.narrow(0, 0, cut));
                    right.Update(batch.Scores.narrow(0, cut, 9 - cut), batch.Targets.narrow(0, cut, 9 - cut));
                    left.Merge(right);
                    Assert.Equal(whole.Compute(), permuted.Compute(), 12);
                    Assert.Equal(whole.Compute(), left.Compute(), 12);
                    Assert.Equal(9, left.Samples);
                }
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_F1_of_a_perfect_prediction_is_1() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            seed =>
            {
                using var scope = NewDisposeScope();
                var batch = Batch.Random(new Random(seed), 6, 4);
                var everyClass = cat([batch.Targets, ones(1, 4)]);
                foreach (var average in new[] { Averaging.Micro, Averaging.Macro, Averaging.Weighted })
                {
                    using var f1 = new MultiLabelF1(average);
                    f1.Update(everyClass, everyClass);
                    Assert.Equal(1, f1.Compute());
                }
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_notebooks_healthy_label_is_a_hit_a_false_positive_or_a_miss()
    {
        using var scope = NewDisposeScope();
        using var f1 = new MultiLabelF1(LabelMetricOptions.NotebookEvaluation);
        using var recall = new Recall(LabelMetricOptions.NotebookEvaluation);

        // A hit; nothing predicted for a label; a label predicted for nothing; nothing for nothing.
        var scores = tensor(new float[] { 0.9f, 0.1f, 0.2f, 0.1f, 0.1f, 0.8f, 0, 0 }, [4, 2]);
        var targets = tensor(new float[] { 1, 0, 1, 0, 0, 0, 0, 0 }, [4, 2]);
        f1.Update(scores, targets);
        recall.Update(scores, targets);

        // TP: 1 label, 1 'healthy'; FP: 1 'healthy', 1 label; FN: 1 label, 1 'healthy'.
        Assert.Equal(4.0 / (4 + 2 + 2), f1.Compute(), 12);
        Assert.Equal(2.0 / 4, recall.Compute(), 12);
        Assert.Equal(2, f1.Counts().Count);
    }

    [Fact]
    public void Nothing_predicted_where_nothing_is_true_is_perfect_in_the_notebook()
    {
        using var scope = NewDisposeScope();
        using var f1 = new MultiLabelF1(LabelMetricOptions.NotebookEvaluation);
        f1.Update(zeros(3, 2), zeros(3, 2));
        Assert.Equal(1, f1.Compute());
    }

    [Fact]
    public void The_notebooks_healthy_label_is_one_more_column_of_predictions_and_targets() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            seed =>
            {
                using var scope = NewDisposeScope();
                var batch = Batch.Random(new Random(seed), new Random(seed).Next(1, 30), new Random(seed + 1).Next(1, 4));
                var predicted = batch.Scores.gt(0.5).to(ScalarType.Float32);
                for (var kind = 0; kind < 3; kind++)
                {
                    using var notebook = Kinds[kind](LabelMetricOptions.NotebookEvaluation);
                    using var plain = Kinds[kind](new LabelMetricOptions());
                    notebook.Update(batch.Scores, batch.Targets);
                    plain.Update(WithHealthy(predicted), WithHealthy(batch.Targets));
                    Assert.Equal(plain.Compute(), notebook.Compute(), 1e-12);
                }

                static Tensor WithHealthy(Tensor labels) => cat([labels, labels.sum(1, keepdim: true).eq(0).to(labels.dtype)], 1);
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void Empty_predictions_follow_the_zero_division_choice()
    {
        using var scope = NewDisposeScope();
        foreach (var (choice, expected) in new[] { (ZeroDivision.Zero, 0.0), (ZeroDivision.One, 1.0), (ZeroDivision.NaN, double.NaN) })
        {
            foreach (var average in Enum.GetValues<Averaging>())
            {
                using var precision = new Precision(new LabelMetricOptions { ZeroDivision = choice, Average = average });
                precision.Update(zeros(3, 2), zeros(3, 2));
                Assert.Equal(expected, precision.Compute());
                Assert.Equal([expected, expected], precision.ComputePerClass());
            }
        }
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Types_and_layouts_of_scores_and_targets_do_not_matter(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var batch = Batch.Random(new Random(4), 40, 5);
        var scores = batch.Scores.to(type);
        using var expected = new MultiLabelF1();
        expected.Update(scores.to(ScalarType.Float64), batch.Targets);
        foreach (var targetType in new[] { ScalarType.Bool, ScalarType.Byte, ScalarType.Int64, ScalarType.BFloat16, ScalarType.Float64 })
        {
            using var f1 = new MultiLabelF1();
            f1.Update(scores.t().contiguous().t(), batch.Targets.to(targetType).t().contiguous().t());
            Assert.Equal(expected.Compute(), f1.Compute());
        }
    }

    [Fact]
    public void Thresholds_are_exact_for_every_type()
    {
        using var scope = NewDisposeScope();

        // The float32 nearest to 0.3 is above 0.3, the one nearest to 0.7 below 0.7: the first exceeds it, the second does not.
        foreach (var thresholds in new[] { DecisionThresholds.PerClass([0.3, 0.7]), null })
        {
            foreach (var type in new[] { ScalarType.Float32, ScalarType.Float64 })
            {
                var scores = tensor(new[] { 0.3f, 0.7f }, [1, 2]).to(type);
                for (var i = 0; i < 2; i++)
                {
                    using var metric = new Recall(new LabelMetricOptions { Thresholds = thresholds ?? DecisionThresholds.Uniform(i == 0 ? 0.3 : 0.7) });
                    metric.Update(scores, ones(1, 2));
                    Assert.Equal(i == 0 ? 1 : 0, metric.ComputePerClass()[i]);
                }
            }
        }
    }

    [Fact]
    public void Thresholds_by_class_apply_to_probabilities_and_logits_alike()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new[] { -1f, 1f, 0f, 2f, -3f, 0.1f }, [2, 3]);
        var targets = tensor(new[] { 1f, 0f, 1f, 1f, 1f, 0f }, [2, 3]);
        var options = new LabelMetricOptions { Thresholds = DecisionThresholds.PerClass([0.2, 0.8, 0.5]) };
        using var onProbabilities = new MultiLabelF1(options);
        using var onLogits = new MultiLabelF1(options with { Scores = ScoreKind.Logits });
        onProbabilities.Update(logits.sigmoid(), targets);
        onLogits.Update(logits, targets);

        // Predicted: (1, 0, 0) and (1, 0, 1).
        Assert.Equal([new LabelCounts(2, 2, 2, 2), new LabelCounts(0, 0, 1, 2), new LabelCounts(0, 1, 1, 2)], onLogits.Counts());
        Assert.Equal(onLogits.Counts(), onProbabilities.Counts());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 10_000)]
    public void One_sample_one_class_and_ten_thousand_classes(int samples, int classes)
    {
        using var scope = NewDisposeScope();
        using var f1 = new MultiLabelF1();
        f1.Update(full(samples, classes, 0.9f), ones(samples, classes));
        Assert.Equal(1, f1.Compute());
        Assert.Equal(classes, f1.ComputePerClass().Count);
    }

    [Fact]
    public void Wrong_batches_are_named_with_both_shapes_and_leave_no_trace()
    {
        using var scope = NewDisposeScope();
        using var f1 = new MultiLabelF1();
        f1.Update(full(2, 3, 0.9f), ones(2, 3));
        void Fails<T>(Tensor scores, Tensor targets, params string[] parts)
            where T : Exception
        {
            var message = Assert.Throws<T>(() => f1.Update(scores, targets)).Message;
            Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
        }

        Fails<ArgumentException>(zeros(2, 3), zeros(3, 2), "[2, 3]", "[3, 2]", "[batch, classes]");
        Fails<ArgumentException>(zeros(2), zeros(2), "[2]", "[batch, classes]");
        Fails<ArgumentException>(zeros(2, 3), zeros(3, ScalarType.Int64), "[2, 3]", "[3]");
        Fails<ArgumentException>(zeros(2, 4), zeros(2, 4), "[2, 4]", "[batch, 3]");
        Fails<ArgumentException>(zeros(2, 3, ScalarType.Int64), zeros(2, 3), "Int64", "floating point");
        Fails<ArgumentException>(zeros(2, 3), zeros(2, 3, device: META), "cpu", "meta");
        Fails<CassInputException>(full(2, 3, float.NaN), zeros(2, 3), "NaN", "[2, 3]");
        Fails<CassInputException>(full(2, 3, 1.5f), zeros(2, 3), "1.5", "[0, 1]");
        Fails<CassInputException>(full(2, 3, -0.5f), zeros(2, 3), "-0.5", "[0, 1]");
        Fails<CassInputException>(zeros(2, 3), full(2, 3, 0.4f), "0 or 1");
        Fails<CassInputException>(zeros(2, 3), full(2, 3, 2f), "0 or 1");
        Fails<CassInputException>(zeros(2, 3), full(2, 3, float.NaN), "0 or 1");
        Fails<CassInputException>(zeros(2, 3), tensor(new long[] { 0, 3 }), "class index");
        Assert.Equal(1, f1.Compute());
        Assert.Equal(2, f1.Samples);

        using var four = new MultiLabelF1(new LabelMetricOptions { Thresholds = DecisionThresholds.PerClass([0.1, 0.2, 0.3, 0.4]) });
        Assert.Contains("4 thresholds", Assert.Throws<ArgumentException>(() => four.Update(zeros(2, 3), zeros(2, 3))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Contradictory_options_are_refused()
    {
        Assert.Throws<CassInputException>(() => new MultiLabelF1(LabelMetricOptions.NotebookEvaluation with { Average = Averaging.Macro }));
        Assert.Throws<CassInputException>(() => new MultiLabelF1(LabelMetricOptions.NotebookEvaluation with { Decision = DecisionRule.Argmax }));
        Assert.Throws<CassInputException>(() => DecisionThresholds.Uniform(1.1));
        Assert.Throws<CassInputException>(() => DecisionThresholds.PerClass([0.5, double.NaN]));
    }

    [Fact]
    public void An_empty_metric_says_so_and_reset_empties_it()
    {
        using var scope = NewDisposeScope();
        using var f1 = new MultiLabelF1();
        Assert.Throws<InvalidOperationException>(() => f1.Compute());
        f1.Update(zeros(2, 3), ones(2, 3));
        f1.Update(zeros(0, 3), ones(0, 3));
        f1.Reset();
        Assert.Throws<InvalidOperationException>(() => f1.ComputePerClass());
        f1.Update(ones(2, 5), ones(2, 5));
        Assert.Equal(1, f1.Compute());
    }

    [Fact]
    public void States_travel_and_only_like_metrics_merge()
    {
        using var scope = NewDisposeScope();
        var batch = Batch.Random(new Random(4), 20, 3);
        using var whole = new MultiLabelF1(Averaging.Samples);
        using var empty = new MultiLabelF1(Averaging.Samples);
        using var macro = new MultiLabelF1(Averaging.Macro);
        using var wide = new MultiLabelF1(Averaging.Samples);
        whole.Update(batch.Scores, batch.Targets);
        wide.Update(ones(1, 4), ones(1, 4));

        empty.Merge(whole.GetState());
        Assert.Equal(whole.Compute(), empty.Compute());
        Assert.Equal(20, empty.Samples);
        Assert.Throws<ArgumentException>(() => macro.Merge(whole));
        Assert.Throws<ArgumentException>(() => wide.Merge(whole));
        Assert.Throws<ArgumentException>(() => whole.Merge(new Dictionary<string, Tensor>(StringComparer.Ordinal)));
    }

    [Fact]
    public void Updating_and_computing_leave_nothing_behind()
    {
        using var scores = full(4, 3, 0.7f);
        using var targets = ones(4, 3);
        foreach (var average in Enum.GetValues<Averaging>())
        {
            using var f1 = new MultiLabelF1(new LabelMetricOptions { Average = average, Thresholds = DecisionThresholds.PerClass([0.5, 0.6, 0.7]) });
            Expect.LeavesTensors(0, () =>
            {
                f1.Update(scores, targets);
                _ = f1.Compute();
                _ = f1.ComputePerClass();
            });
        }

        Expect.LeavesTensors(0, () =>
        {
            using var f1 = new MultiLabelF1();
            f1.Update(scores, targets);
            foreach (var tensor in f1.GetState().Values)
            {
                tensor.Dispose();
            }
        });
    }

    [Fact]
    public void State_outlives_the_callers_dispose_scope()
    {
        using var f1 = new MultiLabelF1();
        using (NewDisposeScope())
        {
            f1.Update(ones(2, 2), ones(2, 2));
        }

        using (NewDisposeScope())
        {
            f1.Update(zeros(2, 2), ones(2, 2));
        }

        Assert.Equal(2.0 / 3, f1.Compute(), 12);
    }
}
