using Cass.Data;
using Cass.Tests.Models;
using Cass.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

/// <summary>The smallest trainer and data that still learn something.</summary>
internal static class TinyTraining
{
    public static ImageDataset Images(int count, int firstSeed = 0) => ImageDataset.FromImages(
        Enumerable.Range(0, count).Select(i => ((IImageSource)new TinyImage(i % 4, firstSeed + i), TinyImage.Labels[i % 4])),
        TinyImage.Labels);

    public static CassTrainerBuilder Builder() => Configure(CassTrainer.CreateBuilder());

    public static CassTrainerBuilder Configure(CassTrainerBuilder builder) => builder
        .UseRegistry(TinyBackbones.Registry())
        .UseCnn(TinyBackbones.ResNet)
        .UseTransformer(TinyBackbones.Transformer)
        .WithImageSize(32)
        .OnDevice(TrainingDevice.Cpu)
        .ConfigureMethod(o => o.ProjectorWidth = 32)
        .ConfigurePretraining(o => (o.Epochs, o.BatchSize) = (1, 8))
        .ConfigureFineTuning(o => (o.Epochs, o.BatchSize) = (2, 8));

    public static Dictionary<string, double[]> Weights(nn.Module module)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        return module.state_dict().ToDictionary(e => e.Key, e => e.Value.to(ScalarType.Float64).reshape(-1).data<double>().ToArray(), StringComparer.Ordinal);
    }
}
