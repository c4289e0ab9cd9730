using Cass.Models;
using Cass.Tests.Models;
using Cass.Training;
using Microsoft.Extensions.Logging;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

/// <summary>NaN and infinity that reach weights or batch statistics while the loss stays finite.</summary>
public sealed class NonFiniteTrainingTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_batch_of_a_single_value_a_channel_would_make_the_running_variance_NaN_and_is_refused()
    {
        using var scope = NewDisposeScope();
        using var norm = nn.BatchNorm2d(4);
        using (norm.call(randn(1, 4, 1, 1)))
        {
            Assert.True(norm.running_var!.isnan().all().item<bool>());
        }

        using var guarded = nn.BatchNorm2d(4);
        var error = Assert.Throws<CassInputException>(() => BatchNormForward.Run(guarded, randn(1, 4, 1, 1)));
        Assert.Contains("[1, 4, 1, 1]", error.Message, StringComparison.Ordinal);
        Assert.True(guarded.running_var!.isfinite().all().item<bool>());
        BatchNormForward.Run(guarded, randn(1, 4, 1, 2));
        BatchNormForward.Run(guarded, randn(2, 4, 1, 1));
        guarded.eval();
        BatchNormForward.Run(guarded, randn(1, 4, 1, 1));
        Assert.True(guarded.running_var!.isfinite().all().item<bool>());
    }

    [Fact]
    public void Batches_of_one_image_that_a_caller_brings_are_refused_where_they_would_make_statistics_NaN()
    {
        using var trainer = TinyTraining.Builder().Build();
        var batches = new TensorBatches(2, 1, _ => randn(1, 3, 32, 32), Targets(1));
        var error = Assert.Throws<CassInputException>(() => trainer.FineTune(trainer.Cnn, TinyImage.Labels, [1, 1, 1, 1], batches, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("[1, 64, 1, 1]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_running_variance_that_overflows_ends_the_run_though_the_loss_is_finite()
    {
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => o.Epochs = 1).Build();
        var losses = new List<double>();
        var batches = new TensorBatches(2, 4, _ => randn(4, 3, 32, 32).mul(1e25), Targets(4));
        var error = Assert.Throws<TrainingFailedException>(() => trainer.FineTune(
            trainer.Cnn, TinyImage.Labels, [1, 1, 1, 1], batches, progress: new Observer(report => losses.Add(report.Loss!.Value)), cancellationToken: TestContext.Current.CancellationToken));
        Assert.All(losses, loss => Assert.True(double.IsFinite(loss)));
        Assert.Equal(2, losses.Count);
        Assert.Contains("bn1.running_var", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Averaged_weights_whose_batch_statistics_are_not_finite_are_not_returned()
    {
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => (o.Epochs, o.AverageWeightsFromEpoch) = (1, 1)).Build();
        var calls = 0;
        var batches = new TensorBatches(2, 4, _ => calls++ < 2 ? randn(4, 3, 32, 32) : full([4, 3, 32, 32], double.NaN), Targets(4));
        var error = Assert.Throws<TrainingFailedException>(() => trainer.FineTune(trainer.Cnn, TinyImage.Labels, [1, 1, 1, 1], batches, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("'bn1.running_mean' has 8 NaN of 8 values", error.Message, StringComparison.Ordinal);
        Assert.Contains("averaged", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_network_that_is_not_finite_is_named_before_the_first_step(bool pretrain)
    {
        using var trainer = TinyTraining.Builder().Build();
        using (no_grad())
        {
            trainer.Cnn.state_dict()["bn1.running_mean"].fill_(double.NaN);
        }

        var steps = 0;
        var error = Assert.Throws<TrainingFailedException>(() =>
        {
            if (pretrain)
            {
                trainer.Pretrain(TinyTraining.Images(8).Images, new Observer(_ => steps++), TestContext.Current.CancellationToken);
            }
            else
            {
                trainer.FineTune(trainer.Cnn, TinyTraining.Images(8), progress: new Observer(_ => steps++), cancellationToken: TestContext.Current.CancellationToken).Dispose();
            }
        });
        Assert.Contains($"{TinyBackbones.ResNet} cannot be trained: 'bn1.running_mean' has 8 NaN", error.Message, StringComparison.Ordinal);
        Assert.Equal((0, 0, 0), (steps, error.Epoch, error.Batch));
    }

    [Fact]
    public void What_weights_lack_is_a_warning_of_the_trainer_and_whole_ones_are_none()
    {
        using var scope = NewDisposeScope();
        using var network = TinyBackbones.Registry().Create(TinyBackbones.Transformer, new BackboneOptions { ImageHeight = 32, ImageWidth = 32 });
        BackboneWeights.Save(network, folder["whole.safetensors"]);
        SafetensorsFile.Write(folder["part.safetensors"], network.state_dict().Where(e => !e.Key.StartsWith("head.", StringComparison.Ordinal)));
        Assert.Empty(Warnings("whole"));
        var warning = Assert.Single(Warnings("part"));
        Assert.Contains(TinyBackbones.Transformer, warning, StringComparison.Ordinal);
        Assert.Contains("missing in the file: head.weight; head.bias", warning, StringComparison.Ordinal);

        List<string> Warnings(string file)
        {
            var logger = new Warned();
            TinyTraining.Builder().UseTransformer(TinyBackbones.Transformer, folder[file + ".safetensors"]).UseLogger(logger).Build().Dispose();
            return logger.Warnings;
        }
    }

    private static Func<int, Tensor> Targets(int count) => _ => nn.functional.one_hot(arange(count) % 4, 4).to(ScalarType.Float32);

    private sealed class Warned : ILogger
    {
        public List<string> Warnings { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Warning)
            {
                Warnings.Add(formatter(state, exception));
            }
        }
    }
}
