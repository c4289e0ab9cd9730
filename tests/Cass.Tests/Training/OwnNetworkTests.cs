using Cass.Models;
using Cass.Tests.Models;
using Cass.Training;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Cass.Tests.Training;

/// <summary>Networks that a program adds to a registry of its own, from the trainer to the saved classifier.</summary>
public sealed class OwnNetworkTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Own_networks_are_trained_saved_and_loaded_with_their_registry()
    {
        var images = TinyTraining.Images(8);
        using var trainer = TinyTraining.Builder()
            .UseRegistry(TinyBackbones.Registry())
            .UseCnn(TinyBackbones.ConvNeXt)
            .UseTransformer(TinyBackbones.Transformer)
            .WithImageSize(64)
            .Build();
        trainer.Pretrain(images.Images);
        using var classifier = trainer.FineTune(trainer.Transformer, images);
        classifier.Save(folder.Path);

        using var loaded = ImageClassifier.Load(folder.Path, TrainingDevice.Cpu, TinyBackbones.Registry());

        Assert.Equal(TinyBackbones.Transformer, loaded.Network.ModelName);
        Assert.Equal(classifier.Predict(new TinyImage(1, 1)).Probabilities, loaded.Predict(new TinyImage(1, 1)).Probabilities);
    }

    [Fact]
    public void A_saved_network_that_the_registry_lacks_is_refused_with_the_remedy()
    {
        using var network = TinyBackbones.Registry().Create(TinyBackbones.Transformer);
        BackboneFolder.Save(network, folder.Path);

        var error = Assert.Throws<UnknownBackboneException>(() => BackboneFolder.Load(folder.Path));
        using var loaded = BackboneFolder.Load(folder.Path, TinyBackbones.Registry());

        Assert.Equal(TinyBackbones.Transformer, error.Name);
        Assert.Contains(folder["config.json"], error.Message, StringComparison.Ordinal);
        Assert.Contains("no backbone named 'tiny_vit'", error.Message, StringComparison.Ordinal);
        Assert.Contains("pass the BackboneRegistry that has it", error.Message, StringComparison.Ordinal);
        Assert.Equal(TinyBackbones.Transformer, loaded.ModelName);
    }

    [Fact]
    public void Two_trainers_have_two_networks_of_one_name()
    {
        using var first = Trainer(width: 16);
        using var second = Trainer(width: 32);

        Assert.Equal((16, 32), (first.Transformer.NumFeatures, second.Transformer.NumFeatures));

        static CassTrainer Trainer(int width)
        {
            var configuration = TinyBackbones.Registry().Configuration(TinyBackbones.Transformer);
            var registry = TinyBackbones.Registry()
                .Register("ours", configuration, (changed, options) => new VisionTransformer("ours", new(PatchSize: 8, Width: width, Depth: 1, Heads: 2), changed, options));
            return TinyTraining.Builder().UseRegistry(registry).UseTransformer("ours").Build();
        }
    }

    [Fact]
    public void Images_below_the_least_size_that_a_network_states_are_refused_before_they_are_read()
    {
        var configuration = TinyBackbones.Registry().Configuration(TinyBackbones.ResNet) with { MinimumInputSize = 48 };
        var registry = TinyBackbones.Registry()
            .Register("large_only", configuration, (changed, options) => new ResNet("large_only", new([1, 1, 1, 1], Bottleneck: false) { Channels = [8, 8, 8, 8] }, changed, options));
        using var trainer = TinyTraining.Builder().UseRegistry(registry).UseCnn("large_only").Build();
        var images = TinyTraining.Images(8);

        Assert.Contains("large_only takes images of 48 pixels or more a side: set Images.Height to 48", Assert.Throws<CassInputException>(() => trainer.Pretrain(images.Images)).Message, StringComparison.Ordinal);
        Assert.Contains("large_only takes images of 48×48 pixels or more", Assert.Throws<CassInputException>(() => trainer.FineTune(trainer.Cnn, images)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dependency_injection_gives_the_trainer_the_registry_among_the_services()
    {
        var services = new ServiceCollection()
            .AddSingleton(TinyBackbones.Registry())
            .AddCass(o => (o.Cnn.Name, o.Transformer.Name, o.Device) = (TinyBackbones.ConvNeXt, TinyBackbones.Transformer, "cpu"));
        using var provider = services.BuildServiceProvider();
        using var scope = provider.CreateScope();

        Assert.Equal(TinyBackbones.Transformer, scope.ServiceProvider.GetRequiredService<CassTrainer>().Transformer.ModelName);
    }
}
