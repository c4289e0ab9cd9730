using Cass.Models;

namespace Cass.Tests.DistributedProcess;

/// <summary>A network of each kind that is trained in no time, the convolutional one with batch norms.</summary>
internal static class TinyNetworks
{
    public const string Cnn = "tiny_resnet";
    public const string Transformer = "tiny_vit";

    public static BackboneRegistry Registry { get; } = new BackboneRegistry()
        .Register(Cnn, Configuration("conv1", "fc"), (configuration, options) => new ResNet(Cnn, new([1, 1, 1, 1], Bottleneck: false) { Channels = [8, 8, 16, 16] }, configuration, options))
        .Register(
            Transformer,
            Configuration("patch_embed.proj", "head"),
            (configuration, options) => new VisionTransformer(Transformer, new(PatchSize: 8, Width: 8, Depth: 1, Heads: 2), configuration, options));

    private static BackboneConfiguration Configuration(string first, string classifier) =>
        new(32, 32, 3, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5], 1, "bicubic", first, [classifier]);
}
