using Cass.Models;

namespace Cass.TorchVision;

/// <summary>The networks of the package TorchVision, as backbones that a <see cref="BackboneRegistry"/> makes by name.</summary>
public static class TorchVisionBackbones
{
    /// <summary>What every name begins with; torchvision's own name follows: <c>torchvision_mobilenet_v3_large</c>.</summary>
    public const string Prefix = "torchvision_";

    /// <summary>The names, sorted: <c>torchvision_alexnet</c> to <c>torchvision_wide_resnet50_2</c>.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. TorchVisionArchitectures.All.Select(architecture => Prefix + architecture.Name).Order(StringComparer.Ordinal)];

    /// <summary>Adds all of them to a registry.</summary>
    /// <param name="registry">A registry of one's own, <c>new BackboneRegistry()</c>.</param>
    /// <returns>The same registry.</returns>
    /// <exception cref="ArgumentException">It has one of the names already.</exception>
    /// <exception cref="InvalidOperationException">It is <see cref="BackboneRegistry.Default"/>, which is read-only.</exception>
    public static BackboneRegistry RegisterTorchVision(this BackboneRegistry registry)
    {
        ArgumentNullException.ThrowIfNull(registry);
        foreach (var architecture in TorchVisionArchitectures.All)
        {
            var name = Prefix + architecture.Name;
            registry.Register(name, architecture.Configuration, (configuration, options) => new TorchVisionBackbone(name, architecture, configuration, options));
        }

        return registry;
    }
}
