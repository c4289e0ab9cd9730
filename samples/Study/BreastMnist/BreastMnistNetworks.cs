using Cass.Models;

namespace Study.BreastMnist;

/// <summary>The networks for images of 28 pixels: MedMNIST's ResNet-18, and a transformer of as many patches as ViT-Tiny has at 112 pixels.</summary>
internal static class BreastMnistNetworks
{
    public const int Size = 28;
    public const string Cnn = "resnet18_small_image";
    public const string Transformer = "vit_tiny_patch4_28";
    private const int Patch = 4;

    public static BackboneRegistry Registry { get; } = new BackboneRegistry()
        .Register(
            Cnn,
            BackboneRegistry.Default.Configuration("resnet18") with { InputHeight = Size, InputWidth = Size },
            static (configuration, options) => new ResNet(Cnn, new ResNetArchitecture([2, 2, 2, 2], Bottleneck: false) { SmallImageStem = true }, configuration, options))
        .Register(
            Transformer,
            BackboneRegistry.Default.Configuration("vit_tiny_patch16_224") with { InputHeight = Size, InputWidth = Size },
            static (configuration, options) => new VisionTransformer(Transformer, new VisionTransformerArchitecture(PatchSize: Patch, Width: 192, Depth: 12, Heads: 3), configuration, options));
}
