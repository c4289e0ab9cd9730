using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

/// <summary>Which epoch fine-tuning returns, and when it stops.</summary>
public sealed class BestEpochTests
{
    [Theory]
    [InlineData(EarlyStoppingRule.BestLoss, 2, new[] { 1, 0.9, 1, 0.95, 0.91 }, 5)]
    [InlineData(EarlyStoppingRule.FallingLoss, 2, new[] { 1, 0.9, 1, 0.95, 0.91 }, 0)]
    [InlineData(EarlyStoppingRule.BestLoss, 2, new[] { 1, 1.1, 0.9, 1.1, 0.8, 0.9 }, 0)]
    [InlineData(EarlyStoppingRule.FallingLoss, 2, new[] { 1, 1.1, 1.2, 1.3 }, 4)]
    [InlineData(EarlyStoppingRule.BestLoss, 2, new[] { 1, 1, 1, 1.0 }, 4)]
    [InlineData(EarlyStoppingRule.FallingLoss, 2, new[] { 1, 1, 1, 1.0 }, 0)]
    [InlineData(EarlyStoppingRule.BestLoss, 0, new[] { 1, 2, 3, 4.0 }, 0)]
    [InlineData(EarlyStoppingRule.BestEpoch, 2, new[] { 1, 0.9, 1, 0.95, 0.91 }, 5)]
    public void A_run_stops_after_the_validation_that_exhausts_the_patience(EarlyStoppingRule rule, int patience, double[] losses, int stopsAfter)
    {
        var stopping = new EarlyStopping(patience, rule, BestEpoch.F1ThenLoss);
        var validations = 0;
        while (validations < losses.Length && !stopping.IsDue)
        {
            stopping.Observe(new ValidationScore(losses[validations++], F1: 0));
        }

        Assert.Equal(stopsAfter == 0 ? losses.Length : stopsAfter, validations);
        Assert.Equal(stopsAfter > 0, stopping.IsDue);
    }

    [Theory]
    [InlineData(BestEpoch.F1ThenLoss, 0)]
    [InlineData(BestEpoch.F1, 0)]
    [InlineData(BestEpoch.Loss, 4)]
    public void By_default_patience_counts_from_the_epoch_that_would_be_returned(BestEpoch best, int stopsAfter)
    {
        Assert.Equal(EarlyStoppingRule.BestEpoch, new FineTuningOptions().EarlyStoppingRule);
        var stopping = new EarlyStopping(2, EarlyStoppingRule.BestEpoch, best);
        (double Loss, double F1)[] scores = [(1, 0.1), (1.1, 0.4), (1.2, 0.48), (1.3, 0.75), (1.4, 0.8)];
        var validations = 0;
        while (validations < scores.Length && !stopping.IsDue)
        {
            var (loss, f1) = scores[validations++];
            stopping.Observe(new ValidationScore(loss, f1));
        }

        Assert.Equal(stopsAfter == 0 ? scores.Length : stopsAfter, validations);
    }

    [Theory]
    [InlineData(false, null, 0.5, 2)]
    [InlineData(false, BestEpoch.F1, 0.5, 1)]
    [InlineData(false, BestEpoch.Loss, 0.5, 2)]
    [InlineData(false, null, 0.01, 3)]
    [InlineData(false, BestEpoch.Loss, 0.01, 2)]
    [InlineData(true, null, 0.01, 2)]
    public void The_rule_chooses_the_epoch(bool tuneThresholds, BestEpoch? rule, double threshold, int expected)
    {
        // Nothing exceeds a threshold of 0.5, so that F1 is always 0; everything exceeds one of 0.01, so that F1 grows with
        // the number of true labels, and the loss does too.
        var weights = Trained(
            o => (o.Epochs, o.TuneThresholds, o.BestEpoch, o.Threshold) = (3, tuneThresholds, rule, threshold),
            trueLabels: [2, 1, 3]);
        Assert.Equal(WeightsAfter(expected), weights);
    }

    [Theory]
    [InlineData(EarlyStoppingRule.FallingLoss, 2)]
    [InlineData(EarlyStoppingRule.BestLoss, 3)]
    public void The_validation_that_ends_the_run_is_no_candidate_as_published(EarlyStoppingRule rule, int expected)
    {
        var weights = Trained(
            o => (o.Epochs, o.EarlyStoppingPatience, o.EarlyStoppingRule, o.BestEpoch, o.Threshold) = (6, 1, rule, BestEpoch.F1, 0.01),
            trueLabels: [1, 2, 3, 4, 4, 4]);
        Assert.Equal(WeightsAfter(expected), weights);
    }

    [Fact]
    public void A_run_that_goes_on_remembers_the_best_loss()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<OperationCanceledException>(() => Trained(Configure, trueLabels: [1, 2], folder.Path, cancelAfterEpoch: 1));
        var resumed = Trained(Configure, trueLabels: [2, 2], folder.Path);
        Assert.Equal(WeightsAfter(1), resumed);

        static void Configure(FineTuningOptions options) => (options.Epochs, options.BestEpoch) = (3, BestEpoch.Loss);
    }

    [Fact]
    public void The_epoch_with_the_highest_AUROC_is_returned_and_every_epoch_tells_its_own()
    {
        // At each validation another image alone has all labels, so that a label's AUROC is the image's rank among the scores: 0, 1/3, 2/3 or 1.
        var rows = new List<FineTuningEpoch>();
        int[] positives = [0, 3, 1, 2];
        var weights = Trained(o => (o.Epochs, o.BestEpoch) = (4, BestEpoch.Auroc), new ScriptedValidation([.. positives.Select(OnlyImage)]), rows);
        double[] aurocs = [.. rows.Select(row => row.ValidationMetrics["AUROC"])];
        Assert.All(aurocs, auroc => Assert.Equal(Math.Round(auroc * 12), auroc * 12, 9));
        Assert.Equal(2, aurocs.Sum(), 9);
        var best = Array.IndexOf(aurocs, aurocs.Max());
        Assert.Equal(aurocs.Max(), Assert.Single(aurocs, auroc => auroc == aurocs.Max()));
        Assert.InRange(best, 0, 2);
        Assert.Equal(WeightsAfter(best + 1), weights);
    }

    [Fact]
    public void A_run_that_goes_on_remembers_the_best_AUROC()
    {
        using var folder = new TemporaryFolder();
        var rows = new List<FineTuningEpoch>();
        _ = Trained(o => (o.Epochs, o.BestEpoch) = (4, BestEpoch.Auroc), new ScriptedValidation([.. Enumerable.Range(0, 4).Select(OnlyImage)]), rows);
        var order = Enumerable.Range(0, 4).OrderByDescending(image => rows[image].ValidationMetrics["AUROC"]).ToArray();
        Assert.Throws<OperationCanceledException>(() => Trained(Configure, new ScriptedValidation([OnlyImage(order[0])]), [], folder.Path, cancelAfterEpoch: 1));
        Assert.Equal(WeightsAfter(1), Trained(Configure, new ScriptedValidation([OnlyImage(order[3])]), [], folder.Path));

        static void Configure(FineTuningOptions options) => (options.Epochs, options.BestEpoch) = (3, BestEpoch.Auroc);
    }

    [Fact]
    public void Where_no_label_has_an_AUROC_the_loss_decides() =>
        Assert.Equal(WeightsAfter(2), Trained(o => (o.Epochs, o.BestEpoch) = (3, BestEpoch.Auroc), trueLabels: [2, 1, 3]));

    [Fact]
    public void A_metric_of_the_caller_that_is_called_AUROC_is_the_one_that_decides()
    {
        var rows = new List<FineTuningEpoch>();
        var weights = Trained(
            o => (o.Epochs, o.BestEpoch) = (3, BestEpoch.Auroc),
            new ScriptedValidation([TrueLabels(1)]),
            rows,
            metric: static () => new Scripted("auroc", [0.2, 0.9, 0.4]));
        Assert.Equal(["auroc"], rows[0].ValidationMetrics.Keys);
        Assert.Equal(WeightsAfter(2), weights);
    }

    [Theory]
    [InlineData(0.9, 2, 0.8, 1, true)]
    [InlineData(0.8, 1, 0.9, 2, false)]
    [InlineData(0.9, 1, 0.9, 2, true)]
    [InlineData(0.9, 2, 0.9, 1, false)]
    [InlineData(double.NaN, 1, double.NaN, 2, true)]
    [InlineData(double.NaN, 2, double.NaN, 1, false)]
    public void AUROC_goes_before_the_loss(double auroc, double loss, double otherAuroc, double otherLoss, bool expected)
    {
        var (score, other) = (new ValidationScore(loss, 0, auroc), new ValidationScore(otherLoss, 1, otherAuroc));
        Assert.Equal(expected, score.IsBetterThan(other, BestEpoch.Auroc));
        Assert.True(score.IsBetterThan(ValidationScore.None, BestEpoch.Auroc));
        var stopping = new EarlyStopping(1, EarlyStoppingRule.BestEpoch, BestEpoch.Auroc);
        stopping.Observe(other);
        stopping.Observe(score);
        Assert.Equal(expected ? 0 : 1, stopping.State.Count);
    }

    private static double[] WeightsAfter(int epochs) => Trained(o => o.Epochs = epochs, trueLabels: null);

    private static double[] Trained(Action<FineTuningOptions> configure, int[]? trueLabels, string? checkpoints = null, int cancelAfterEpoch = 0) =>
        Trained(configure, trueLabels is null ? null : new ScriptedValidation([.. trueLabels.Select(TrueLabels)]), [], checkpoints, cancelAfterEpoch);

    private static double[] Trained(Action<FineTuningOptions> configure, ScriptedValidation? validation, List<FineTuningEpoch> rows, string? checkpoints = null, int cancelAfterEpoch = 0, Func<IMetric>? metric = null)
    {
        using var scope = NewDisposeScope();
        using var cancellation = new CancellationTokenSource();
        var builder = TinyTraining.Builder()
            .Configure(o => o.Transformer.NumClasses = TinyImage.Labels.Count)
            .ConfigureFineTuning(o =>
            {
                o.KeepClassifier = true;

                // Too small to move any probability over a threshold; one step of Adam moves all logits together.
                o.LearningRate = new LearningRateOptions { Rate = 1e-6, Schedule = ScheduleKind.Constant };
                configure(o);
            });
        using var trainer = (checkpoints is null ? builder : builder.CheckpointTo(checkpoints)).Build();
        using (no_grad())
        {
            // Every probability near 0.1.
            var bias = trainer.Transformer.named_parameters().Single(p => p.name == "head.bias").parameter;
            bias.fill_(-2.2);
        }

        if (metric is not null)
        {
            trainer.FineTuner.Metrics = [metric];
        }

        trainer.FineTuningEpochEnded += (_, row) =>
        {
            rows.Add(row);
            if (row.Epoch == cancelAfterEpoch)
            {
                cancellation.Cancel();
            }
        };
        var train = new TensorBatches(1, 4, _ => Images(1), _ => TrueLabels(1)());
        using var classifier = trainer.FineTune(
            trainer.Transformer,
            TinyImage.Labels,
            [1, 1, 1, 1],
            train,
            validation,
            cancellationToken: cancellation.Token);
        return TinyTraining.Weights(classifier.Network)["head.weight"];
    }

    private static Tensor Images(int seed) => rand(4, 3, 32, 32, generator: new Generator((ulong)seed));

    /// <summary>The first so many labels of each of four images are true.</summary>
    private static Func<Tensor> TrueLabels(int count) => () => arange(4).lt(count).to(ScalarType.Float32).repeat(4, 1);

    /// <summary>One of four images has all labels, the others none.</summary>
    private static Func<Tensor> OnlyImage(int image) => () => arange(4).eq(image).to(ScalarType.Float32).unsqueeze(1).repeat(1, 4);

    /// <summary>A metric that says what it was told to say, validation after validation.</summary>
    private sealed class Scripted(string name, double[] values) : IMetric
    {
        private int computed;

        public string Name => name;

        public void Update(Tensor probabilities, Tensor targets)
        {
        }

        public double Compute() => values[computed++];

        public void Reset()
        {
        }

        public void Dispose()
        {
        }
    }

    /// <summary>The same images with other true labels at each validation.</summary>
    private sealed class ScriptedValidation(Func<Tensor>[] targets) : IBatchSource
    {
        private int validations;

        public int Count => 4;

        public int BatchesPerEpoch => 1;

        public string NameOf(int index) => $"image {index}";

        public IEnumerable<ImageBatch> ReadEpoch(int epoch, int startBatch = 0, CancellationToken cancellationToken = default)
        {
            // Thresholds are tuned on what the last validation saw.
            var labels = targets[Math.Min(validations++, targets.Length - 1)]();
            yield return new ImageBatch([Images(2).DetachFromDisposeScope()], labels.DetachFromDisposeScope(), [0, 1, 2, 3]);
        }
    }
}
