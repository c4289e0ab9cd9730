using Cass.Models;

namespace Study.Methods;

/// <summary>timm's networks, and two small variants of its ResNet-18.</summary>
internal static class Networks
{
    /// <summary>
    /// <c>resnet20</c> is the ImageNet CNN of Microsoft.ML.DnnImageFeaturizer.ResNet18: called a ResNet-18 by its package, it has a block
    /// more in its last stage.
    /// </summary>
    public static BackboneRegistry Registry { get; } = new BackboneRegistry().Register(
        "resnet20",
        BackboneRegistry.Default.Configuration("resnet18"),
        static (configuration, options) => new ResNet("resnet20", new ResNetArchitecture([2, 2, 2, 3], Bottleneck: false), configuration, options));
}
