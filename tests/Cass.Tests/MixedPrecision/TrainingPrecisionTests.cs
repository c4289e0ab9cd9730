using Cass.Tests.Training;
using Cass.Training;
using TorchSharp;
using Xunit;

namespace Cass.Tests.MixedPrecision;

public sealed class TrainingPrecisionTests
{
    [Fact]
    public void Losses_of_pretraining_in_bfloat16_are_within_2_percent_of_float32_at_each_of_50_steps()
    {
        Agree(eachStep: true, (trainer, progress) =>
            trainer.Pretrain(TinyTraining.Images(160).Images, progress, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Losses_of_a_fine_tuned_transformer_in_bfloat16_are_within_2_percent_of_float32_at_each_of_50_steps()
    {
        Agree(eachStep: true, static (trainer, progress) => FineTune(trainer, trainer.Transformer, progress));
    }

    // Batch norms make steps of a CNN on a few small images differ by more, to either side, and the more the faster it learns.
    [Fact]
    public void Mean_loss_of_a_fine_tuned_CNN_in_bfloat16_is_within_2_percent_of_float32_over_50_steps()
    {
        Agree(eachStep: false, static (trainer, progress) => FineTune(trainer, trainer.Cnn, progress), rate: 1e-4);
    }

    [Theory]
    [InlineData(NumericPrecision.BFloat16, false)]
    [InlineData(NumericPrecision.Float32, true)]
    [InlineData(NumericPrecision.BFloat16, true)]
    public void The_number_of_live_tensors_does_not_grow_from_step_to_step(NumericPrecision precision, bool checkpointing)
    {
        using var trainer = TinyTraining.Builder().Configure(o => (o.Precision, o.GradientCheckpointing) = (precision, checkpointing)).ConfigurePretraining(o => o.Epochs = 2).Build();
        var counts = new List<long>();
        trainer.Pretrain(
            TinyTraining.Images(80).Images,
            new Observer(_ => counts.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount)),
            TestContext.Current.CancellationToken);

        Assert.Equal(20, counts.Count);
        Assert.Equal(counts[5..10], counts[15..]);
    }

    [Fact]
    public void Checkpointed_training_ends_with_the_weights_of_plain_training()
    {
        Assert.Equal(Weights(checkpointing: false), Weights(checkpointing: true));

        static Dictionary<string, double[]> Weights(bool checkpointing)
        {
            using var trainer = TinyTraining.Builder().Configure(o => o.GradientCheckpointing = checkpointing).Build();
            trainer.Pretrain(TinyTraining.Images(32).Images, cancellationToken: TestContext.Current.CancellationToken);
            return TinyTraining.Weights(trainer.Cnn);
        }
    }

    [Fact]
    public void TensorFloat32_on_the_CPU_is_refused_with_what_to_use()
    {
        var error = Assert.Throws<CassInputException>(() => TinyTraining.Builder().Configure(o => o.Precision = NumericPrecision.TensorFloat32).Build());
        Assert.Contains("TensorFloat32", error.Message, StringComparison.Ordinal);
        Assert.Contains("Use Float32", error.Message, StringComparison.Ordinal);
    }

    private static void FineTune(CassTrainer trainer, Backbone network, IProgress<TrainingProgress> progress)
    {
        using var classifier = trainer.FineTune(network, TinyTraining.Images(160), progress: progress, cancellationToken: TestContext.Current.CancellationToken);
    }

    private static void Agree(bool eachStep, Action<CassTrainer, IProgress<TrainingProgress>> train, double? rate = null)
    {
        var (exact, mixed) = (Losses(NumericPrecision.Float32, rate, train), Losses(NumericPrecision.BFloat16, rate, train));
        Assert.Equal(50, exact.Count);
        Assert.NotEqual(exact, mixed);
        Assert.InRange(mixed.Average() / exact.Average(), 0.98, 1.02);
        if (eachStep)
        {
            // Of the mean, where a loss that is nearly 0 makes a ratio of two roundings.
            var mean = exact.Average();
            Assert.All(exact.Zip(mixed), pair => Assert.InRange(Math.Abs(pair.Second - pair.First) / Math.Max(pair.First, mean), 0, 0.02));
        }
    }

    private static List<double> Losses(NumericPrecision precision, double? rate, Action<CassTrainer, IProgress<TrainingProgress>> train)
    {
        var losses = new LossRecorder();
        using var trainer = TinyTraining.Builder()
            .Configure(o => o.Precision = precision)
            .ConfigureMethod(o => o.ProjectorWidth = 512)
            .ConfigurePretraining(o => (o.Epochs, o.BatchSize) = (10, 32))
            .ConfigureFineTuning(o => (o.Epochs, o.BatchSize, o.LearningRate.Rate) = (5, 16, rate))
            .Build();
        train(trainer, losses);
        return losses.Values;
    }
}
