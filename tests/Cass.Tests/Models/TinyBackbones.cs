using Cass.Models;

namespace Cass.Tests.Models;

/// <summary>Networks of each kind that are built and trained in no time.</summary>
internal static class TinyBackbones
{
    /// <summary>With batch norm, of 64 to 512 channels as every ResNet.</summary>
    public const string ResNet = "tiny_resnet";

    /// <summary>A convolutional network without batch norm, of a few channels.</summary>
    public const string ConvNeXt = "tiny_convnext";

    /// <summary>A transformer of patches of 8 pixels.</summary>
    public const string Transformer = "tiny_vit";

    /// <summary>A new registry of them and timm's.</summary>
    public static BackboneRegistry Registry() => new BackboneRegistry()
        .Register(ResNet, Configuration("conv1", "fc"), (configuration, options) => new ResNet(ResNet, new([1, 1, 1, 1], Bottleneck: false), configuration, options))
        .Register(ConvNeXt, Configuration("stem.0", "head.fc"), (configuration, options) => new ConvNeXt(ConvNeXt, new([1, 1, 1, 1], [8, 8, 16, 16]), configuration, options))
        .Register(
            Transformer,
            Configuration("patch_embed.proj", "head"),
            (configuration, options) => new VisionTransformer(Transformer, new(PatchSize: 8, Width: 16, Depth: 2, Heads: 2), configuration, options));

    private static BackboneConfiguration Configuration(string firstConvolution, string classifier) =>
        new(32, 32, 3, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5], 1, "bicubic", firstConvolution, [classifier]);
}
