using Cass.Models;

namespace Cass.Tests.Models;

/// <summary>A small network of each family, fast to build and run.</summary>
internal static class SmallBackbones
{
    public static IReadOnlyList<string> Names { get; } =
    [
        "resnet18", "resnet26d", "resnext50_32x4d", "vit_tiny_patch16_224", "deit_tiny_distilled_patch16_224",
        "convnext_tiny", "swin_tiny_patch4_window7_224",
    ];

    /// <summary>Of 64x64 pixels where the family allows it.</summary>
    public static Backbone Create(string name, BackboneOptions? options = null)
    {
        options ??= new BackboneOptions();
        if (!name.StartsWith("swin", StringComparison.Ordinal))
        {
            options.ImageHeight ??= 64;
            options.ImageWidth ??= 64;
        }

        return BackboneRegistry.Default.Create(name, options);
    }
}
