using Cass.Models;

namespace Cass.Tests.Models;

/// <summary>Networks of each family with few weights, of any depth, for tests of weight files.</summary>
internal static class SlimBackbones
{
    public static Backbone ResNet(int[] depths, int channels = 3, int classes = 5) =>
        new ResNet("slim_resnet", new(depths, Bottleneck: true) { BaseWidth = 1 }, Configuration("conv1", ["fc"], 64, channels), new BackboneOptions { NumClasses = classes, InputChannels = channels });

    public static Backbone VisionTransformer(int depth, bool distilled = false, int channels = 3, int classes = 5, GlobalPooling? pooling = null) => new VisionTransformer(
        "slim_vit",
        new(PatchSize: 16, Width: 16, depth, Heads: 2) { Distilled = distilled },
        Configuration("patch_embed.proj", distilled ? ["head", "head_dist"] : ["head"], 64, channels),
        new BackboneOptions { NumClasses = classes, InputChannels = channels, GlobalPooling = pooling });

    public static Backbone ConvNeXt(int[] depths) =>
        new ConvNeXt("slim_convnext", new(depths, [4, 8, 8, 16]), Configuration("stem.0", ["head.fc"], 64, 3), new BackboneOptions { NumClasses = 5 });

    public static Backbone Swin(int[] depths) => new SwinTransformer(
        "slim_swin",
        new(PatchSize: 4, WindowSize: 4, Width: 8, depths, [.. depths.Select(_ => 2)]),
        Configuration("patch_embed.proj", ["head"], 32, 3),
        new BackboneOptions { NumClasses = 5 });

    /// <summary>A shallow one, and a deeper one of the same family and widths.</summary>
    public static Backbone Create(string family, bool deep) => family switch
    {
        "resnet" => ResNet(deep ? [1, 1, 2, 1] : [1, 1, 1, 1]),
        "vit" => VisionTransformer(deep ? 3 : 2),
        "convnext" => ConvNeXt(deep ? [1, 1, 2, 1] : [1, 1, 1, 1]),
        "swin" => Swin(deep ? [1, 2] : [1, 1]),
        _ => throw new ArgumentOutOfRangeException(nameof(family)),
    };

    private static BackboneConfiguration Configuration(string firstConvolution, string[] classifiers, int side, int channels)
    {
        double[] half = [.. Enumerable.Repeat(0.5, channels)];
        return new(side, side, channels, half, half, 0.9, "bicubic", firstConvolution, classifiers);
    }
}
