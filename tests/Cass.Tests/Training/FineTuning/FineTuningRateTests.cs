using Cass.Models;
using Cass.Tests.Models;
using Cass.Training;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training.FineTuning;

/// <summary>The default learning rate of fine-tuning goes by where a network's weights come from.</summary>
public sealed class FineTuningRateTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly LogLines log = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(BackboneKind.Convolutional, WeightOrigin.Random, 2e-3)]
    [InlineData(BackboneKind.Convolutional, WeightOrigin.SelfSupervised, 2e-3)]
    [InlineData(BackboneKind.Convolutional, WeightOrigin.Trained, 1e-3)]
    [InlineData(BackboneKind.Transformer, WeightOrigin.Random, 3e-4)]
    [InlineData(BackboneKind.Transformer, WeightOrigin.SelfSupervised, 3e-4)]
    [InlineData(BackboneKind.Transformer, WeightOrigin.Trained, 3e-4)]
    public void Without_a_rate_it_is_the_one_that_suits_the_network(BackboneKind kind, WeightOrigin origin, double expected)
    {
        using var network = TinyBackbones.Registry().Create(kind == BackboneKind.Transformer ? TinyBackbones.Transformer : TinyBackbones.ConvNeXt);
        network.WeightOrigin = origin;
        Assert.Equal(expected, FineTuningRate.Of(new CassOptions().FineTuning.LearningRate, network).Value);
        Assert.Equal(0.02, FineTuningRate.Of(new LearningRateOptions { Rate = 0.02 }, network).Value);
    }

    [Fact]
    public void A_random_network_trains_at_its_rate_and_the_log_says_why()
    {
        using var trainer = Trainer();
        Assert.Equal(WeightOrigin.Random, trainer.Cnn.WeightOrigin);
        Assert.Equal(2e-3, RateOf(trainer, trainer.Cnn));
        Assert.Contains("tiny_convnext is fine-tuned at a learning rate of 0.002, the default of a CNN with random weights.", log.Messages);
        Assert.Equal(3e-4, RateOf(trainer, trainer.Transformer));
        Assert.Contains("tiny_vit is fine-tuned at a learning rate of 0.0003, the default of transformers.", log.Messages);
    }

    [Fact]
    public void Weights_of_a_file_lower_the_rate_of_a_cnn()
    {
        using var trainer = Trainer(Saved());
        Assert.Equal(WeightOrigin.Trained, trainer.Cnn.WeightOrigin);
        Assert.Equal(1e-3, RateOf(trainer, trainer.Cnn));
        Assert.Contains(log.Messages, message => message.Contains("a learning rate of 0.001, the default of a CNN whose weights were trained before", StringComparison.Ordinal));
    }

    [Fact]
    public void A_rate_that_is_set_stays()
    {
        using var trainer = Trainer(Saved(), o => o.LearningRate.Rate = 1e-2);
        Assert.Equal(1e-2, RateOf(trainer, trainer.Cnn));
        Assert.Contains("tiny_convnext is fine-tuned at a learning rate of 0.01, as FineTuning.LearningRate.Rate says.", log.Messages);
    }

    [Theory]
    [InlineData(false, true, WeightOrigin.SelfSupervised, 2e-3)]
    [InlineData(false, false, WeightOrigin.Random, 2e-3)]
    [InlineData(true, true, WeightOrigin.Trained, 1e-3)]
    public void Pretraining_is_noted_where_it_began_with_random_weights(bool fromFile, bool updateWeights, WeightOrigin origin, double rate)
    {
        using var scope = NewDisposeScope();
        using var trainer = Trainer(fromFile ? Saved() : null, updateWeights: updateWeights);
        trainer.Pretrain(new TensorBatches(1, 4, _ => rand(4, 3, 32, 32), views: 2), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(origin, trainer.Cnn.WeightOrigin);
        Assert.Equal(rate, RateOf(trainer, trainer.Cnn));
    }

    [Fact]
    public void A_fine_tuned_network_counts_as_trained_and_a_copy_as_its_original()
    {
        using var trainer = Trainer();
        using var classifier = FineTune(trainer, trainer.Cnn);
        Assert.Equal(WeightOrigin.Trained, classifier.Network.WeightOrigin);
        Assert.Equal(WeightOrigin.Random, trainer.Cnn.WeightOrigin);
        using var copy = classifier.Network.Copy();
        Assert.Equal(WeightOrigin.Trained, copy.WeightOrigin);
    }

    [Fact]
    public void A_run_does_not_go_on_at_another_rate()
    {
        using var cancellation = new CancellationTokenSource();
        using (var trainer = Trainer(checkpoints: folder["checkpoints"]))
        {
            trainer.FineTuningEpochEnded += (_, _) => cancellation.Cancel();
            Assert.Throws<OperationCanceledException>(() => FineTune(trainer, trainer.Cnn, cancellation.Token));
        }

        using var again = Trainer(checkpoints: folder["checkpoints"]);
        again.Cnn.WeightOrigin = WeightOrigin.Trained;
        var error = Assert.Throws<CheckpointMismatchException>(() => FineTune(again, again.Cnn));
        Assert.Contains("FineTuning.LearningRate.Rate", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_lowest_rate_above_it_is_refused()
    {
        using var trainer = Trainer(Saved(), o => o.LearningRate = new LearningRateOptions { Rate = null, EtaMin = 1.5e-3 });
        var error = Assert.Throws<CassInputException>(() => FineTune(trainer, trainer.Cnn));
        Assert.StartsWith("FineTuning.LearningRate.EtaMin is 0.0015, above the rate of tiny_convnext, which is 0.001, ", error.Message, StringComparison.Ordinal);
    }

    private string Saved()
    {
        using var network = TinyBackbones.Registry().Create(TinyBackbones.ConvNeXt);
        var path = folder["weights.safetensors"];
        BackboneWeights.Save(network, path);
        return path;
    }

    private CassTrainer Trainer(string? weights = null, Action<FineTuningOptions>? configure = null, bool updateWeights = true, string? checkpoints = null)
    {
        var builder = CassTrainer.CreateBuilder()
            .UseRegistry(TinyBackbones.Registry())
            .UseCnn(TinyBackbones.ConvNeXt, weights)
            .UseTransformer(TinyBackbones.Transformer)
            .OnDevice(TrainingDevice.Cpu)
            .UseLogger(log)
            .ConfigureMethod(o => o.ProjectorWidth = 8)
            .ConfigurePretraining(o => (o.Epochs, o.UpdateWeights) = (1, updateWeights))
            .ConfigureFineTuning(o =>
            {
                // The rate of the last step, which the history has, is then the highest.
                (o.Epochs, o.LearningRate.Schedule) = (2, ScheduleKind.Constant);
                configure?.Invoke(o);
            });
        return (checkpoints is null ? builder : builder.CheckpointTo(checkpoints)).Build();
    }

    private static double RateOf(CassTrainer trainer, Backbone network)
    {
        using var classifier = FineTune(trainer, network);
        return classifier.History[^1].LearningRate;
    }

    private static ImageClassifier FineTune(CassTrainer trainer, Backbone network, CancellationToken cancellationToken = default)
    {
        using var scope = NewDisposeScope();
        var batches = new TensorBatches(1, 4, _ => rand(4, 3, 32, 32), _ => eye(4));
        return trainer.FineTune(network, TinyImage.Labels, [1, 1, 1, 1], batches, cancellationToken: cancellationToken);
    }
}
