namespace Cass.Models;

/// <summary>What tells one ResNet from another.</summary>
/// <param name="Depths">Number of residual blocks in each of the four stages, each at least 1.</param>
/// <param name="Bottleneck">True for blocks of 1x1, 3x3, 1x1 convolutions with fourfold output; false for two 3x3.</param>
public sealed record ResNetArchitecture(IReadOnlyList<int> Depths, bool Bottleneck)
{
    /// <summary>Planes of the blocks of each of the four stages; the stem ends with as many as the first. Default 64, 128, 256, 512, as in every published ResNet.</summary>
    public IReadOnlyList<int> Channels { get; init; } = [64, 128, 256, 512];

    /// <summary>Groups of the 3x3 convolutions; more than 1 for ResNeXt. Default 1.</summary>
    public int Cardinality { get; init; } = 1;

    /// <summary>Width of a group at 64 planes: 128 in a wide ResNet, 4 in ResNeXt-32x4d. Default 64.</summary>
    public int BaseWidth { get; init; } = 64;

    /// <summary>True for the 'D' form of He et al. 2019: a stem of three 3x3 convolutions, and average pooling before the shortcut's convolution. Default false.</summary>
    public bool DeepStem { get; init; }

    /// <summary>
    /// True for images of some 32 pixels: a stem of one 3x3 convolution that keeps the size, and no pooling after it, as He et al. 2016 have it for
    /// CIFAR, SimCLR too (appendix B.9), and MedMNIST at 28 pixels. Not together with <see cref="DeepStem"/>. timm has no name for it;
    /// give a network of it to <see cref="BackboneRegistry.Register(string, BackboneConfiguration, Func{BackboneConfiguration, BackboneOptions, Cass.Backbone})"/>. Default false.
    /// </summary>
    public bool SmallImageStem { get; init; }
}
