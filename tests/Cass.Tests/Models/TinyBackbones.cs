using Cass.Models;

namespace Cass.Tests.Models;

/// <summary>Networks of each kind that are built and trained in no time.</summary>
internal static class TinyBackbones
{
    /// <summary>With batch norm, of 8 to 64 channels.</summary>
    public const string ResNet = "tiny_resnet";

    /// <summary>A convolutional network without batch norm, of a few channels.</summary>
    public const string ConvNeXt = "tiny_convnext";

    /// <summary>A transformer of patches of 8 pixels.</summary>
    public const string Transformer = "tiny_vit";

    /// <summary>A transformer with two tokens before those of the patches.</summary>
    public const string Distilled = "tiny_deit_distilled";

    /// <summary>A transformer of two stages, of patches of 4 and 8 pixels.</summary>
    public const string Swin = "tiny_swin";

    private const string DeepStemResNet = "tiny_resnet_d";
    private const string ResNeXt = "tiny_resnext";

    /// <summary>Their names: one or more of each family, all for images of 32x32 pixels.</summary>
    public static IReadOnlyList<string> Names { get; } = [ResNet, DeepStemResNet, ResNeXt, ConvNeXt, Transformer, Distilled, Swin];

    /// <summary>A new registry of them and timm's.</summary>
    public static BackboneRegistry Registry() => new BackboneRegistry()
        .Register(ResNet, Configuration("conv1", "fc"), (configuration, options) => new ResNet(ResNet, new([1, 1, 1, 1], Bottleneck: false) { Channels = [8, 16, 32, 64] }, configuration, options))
        .Register(
            DeepStemResNet,
            Configuration("conv1.0", "fc"),
            (configuration, options) => new ResNet(DeepStemResNet, new([1, 1, 2, 1], Bottleneck: true) { Channels = [8, 8, 16, 16], DeepStem = true }, configuration, options))
        .Register(
            ResNeXt,
            Configuration("conv1", "fc"),
            (configuration, options) => new ResNet(ResNeXt, new([1, 1, 1, 2], Bottleneck: true) { Channels = [16, 16, 32, 32], Cardinality = 4, BaseWidth = 16 }, configuration, options))
        .Register(ConvNeXt, Configuration("stem.0", "head.fc"), (configuration, options) => new ConvNeXt(ConvNeXt, new([1, 1, 1, 1], [8, 8, 16, 16]), configuration, options))
        .Register(
            Transformer,
            Configuration("patch_embed.proj", "head"),
            (configuration, options) => new VisionTransformer(Transformer, new(PatchSize: 8, Width: 16, Depth: 2, Heads: 2), configuration, options))
        .Register(
            Distilled,
            new BackboneConfiguration(32, 32, 3, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5], 1, "bicubic", "patch_embed.proj", ["head", "head_dist"]),
            (configuration, options) => new VisionTransformer(Distilled, new(PatchSize: 8, Width: 16, Depth: 2, Heads: 2) { Distilled = true }, configuration, options))
        .Register(
            Swin,
            Configuration("patch_embed.proj", "head"),
            (configuration, options) => new SwinTransformer(Swin, new(PatchSize: 4, WindowSize: 4, Width: 8, [2, 2], [2, 2]), configuration, options));

    private static BackboneConfiguration Configuration(string firstConvolution, string classifier) =>
        new(32, 32, 3, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5], 1, "bicubic", firstConvolution, [classifier]);
}
