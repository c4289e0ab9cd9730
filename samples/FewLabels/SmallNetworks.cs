using Cass;
using Cass.Models;

namespace FewLabels;

/// <summary>A small network of each kind for small images, so that the sample pretrains in a minute. timm's are there by name: <c>resnet50</c>, <c>vit_small_patch16_224</c>.</summary>
internal static class SmallNetworks
{
    public const string Cnn = "small_resnet";
    public const string Transformer = "small_vit";

    public static BackboneRegistry Registry() => new BackboneRegistry()
        .Register(
            Cnn,
            Configuration("conv1", "fc"),
            (configuration, options) => new ResNet(Cnn, new([1, 1, 1, 1], Bottleneck: false) { Channels = [16, 32, 64, 128], SmallImageStem = true }, configuration, options))
        .Register(
            Transformer,
            Configuration("patch_embed.proj", "head"),
            (configuration, options) => new VisionTransformer(Transformer, new(PatchSize: 4, Width: 96, Depth: 4, Heads: 3), configuration, options));

    private static BackboneConfiguration Configuration(string firstConvolution, string classifier) =>
        new(32, 32, 3, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225], 1, "bicubic", firstConvolution, [classifier]);
}
