using Cass.Models;
using Cass.Tests.Models;
using Cass.Training;

namespace Cass.Tests.Training.SideBySide;

/// <summary>Tiny networks of about equal work, and one that is larger.</summary>
internal static class EvenNetworks
{
    public const string Transformer = "even_vit";
    public const string LargeTransformer = "larger_vit";

    public static CassTrainerBuilder Builder() => TinyTraining.Builder().UseRegistry(Registry()).UseTransformer(Transformer);

    private static BackboneRegistry Registry()
    {
        var registry = TinyBackbones.Registry();
        registry.Register(Transformer, Configuration(), (configuration, options) => new VisionTransformer(Transformer, new(PatchSize: 8, Width: 32, Depth: 3, Heads: 2), configuration, options));
        registry.Register(LargeTransformer, Configuration(), (configuration, options) => new VisionTransformer(LargeTransformer, new(PatchSize: 4, Width: 64, Depth: 4, Heads: 2), configuration, options));
        return registry;
    }

    private static BackboneConfiguration Configuration() => new(32, 32, 3, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5], 1, "bicubic", "patch_embed.proj", ["head"]);
}
