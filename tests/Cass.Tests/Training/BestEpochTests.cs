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

    private static double[] WeightsAfter(int epochs) => Trained(o => o.Epochs = epochs, trueLabels: null);

    private static double[] Trained(Action<FineTuningOptions> configure, int[]? trueLabels, string? checkpoints = null, int cancelAfterEpoch = 0)
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

        trainer.FineTuningEpochEnded += (_, row) =>
        {
            if (row.Epoch == cancelAfterEpoch)
            {
                cancellation.Cancel();
            }
        };
        var train = new TensorBatches(1, 4, _ => Images(1), _ => Targets(1));
        using var classifier = trainer.FineTune(
            trainer.Transformer,
            TinyImage.Labels,
            [1, 1, 1, 1],
            train,
            trueLabels is null ? null : new ScriptedValidation(trueLabels),
            cancellationToken: cancellation.Token);
        return TinyTraining.Weights(classifier.Network)["head.weight"];
    }

    private static Tensor Images(int seed) => rand(4, 3, 32, 32, generator: new Generator((ulong)seed));

    /// <summary>The first so many labels of each of four images are true.</summary>
    private static Tensor Targets(int trueLabels) => arange(4).lt(trueLabels).to(ScalarType.Float32).repeat(4, 1);

    /// <summary>The same images with other true labels at each validation.</summary>
    private sealed class ScriptedValidation(int[] trueLabels) : IBatchSource
    {
        private int validations;

        public int Count => 4;

        public int BatchesPerEpoch => 1;

        public string NameOf(int index) => $"image {index}";

        public IEnumerable<ImageBatch> ReadEpoch(int epoch, int startBatch = 0, CancellationToken cancellationToken = default)
        {
            // Thresholds are tuned on what the last validation saw.
            var labels = trueLabels[Math.Min(validations++, trueLabels.Length - 1)];
            yield return new ImageBatch([Images(2).DetachFromDisposeScope()], Targets(labels).DetachFromDisposeScope(), [0, 1, 2, 3]);
        }
    }
}
