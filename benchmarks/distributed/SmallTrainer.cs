using Cass.Training;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cass.Distributed.Benchmarks;

/// <summary>The small step of benchmarks/run: ResNet-18 and ViT-Tiny at 64×64, the published method, 17 million parameters.</summary>
internal static class SmallTrainer
{
    public const int Side = 64;

    public static CassTrainer Create(IProcessGroup group) => CassTrainer.CreateBuilder()
        .UseRecipe(CassRecipe.Published)
        .UseCnn("resnet18")
        .UseTransformer("vit_tiny_patch16_224")
        .WithImageSize(Side)
        .OnDevice(TrainingDevice.Cpu)
        .UseLogger(NullLogger.Instance)
        .UseProcessGroup(group)
        .ConfigurePretraining(options => (options.Epochs, options.ClearGradients) = (1, true))
        .Build();
}
