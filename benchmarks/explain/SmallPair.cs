using Cass.Models;

namespace Cass.Explain.Benchmarks;

/// <summary>Two small networks for images of 64×64 pixels, whose last feature map and grid of patches both have 8×8 places.</summary>
internal static class SmallPair
{
    public const int Side = 64;
    public const string Cnn = "small_resnet";
    public const string Transformer = "small_vit";

    public static BackboneRegistry Registry() => new BackboneRegistry()
        .Register(Cnn, Configuration("conv1", "fc"), (configuration, options) => new ResNet(Cnn, new([1, 1, 1, 1], Bottleneck: false) { Channels = [8, 16, 32, 64], SmallImageStem = true }, configuration, options))
        .Register(Transformer, Configuration("patch_embed.proj", "head"), (configuration, options) => new VisionTransformer(Transformer, new(PatchSize: 8, Width: 64, Depth: 4, Heads: 4), configuration, options));

    private static BackboneConfiguration Configuration(string firstConvolution, string classifier) =>
        new(Side, Side, 3, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5], 1, "bicubic", firstConvolution, [classifier]);
}
