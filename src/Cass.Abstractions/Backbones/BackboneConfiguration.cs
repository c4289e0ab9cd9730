namespace Cass;

/// <summary>
/// What a backbone expects of its input and how its weights are named: timm's <c>default_cfg</c> as data.
/// </summary>
/// <param name="InputHeight">Height in pixels of the images that the network was made for.</param>
/// <param name="InputWidth">Width in pixels of the images that the network was made for.</param>
/// <param name="InputChannels">Channels of the images that the network was made for; 3 for RGB.</param>
/// <param name="Mean">Per-channel mean that inputs in [0, 1] are normalised with.</param>
/// <param name="Std">Per-channel standard deviation that inputs in [0, 1] are normalised with.</param>
/// <param name="CropFraction">Share of the resized image's side that the centre crop keeps, in (0, 1]; timm's <c>crop_pct</c>.</param>
/// <param name="Interpolation">Resampling filter that timm evaluates the network with: <c>bilinear</c> or <c>bicubic</c>.</param>
/// <param name="FirstConvolution">State-dict name of the first convolution, without <c>.weight</c>; timm's <c>first_conv</c>.</param>
/// <param name="Classifiers">State-dict names of the classifiers, without <c>.weight</c>; timm's <c>classifier</c>. Distilled DeiT has two.</param>
public sealed record BackboneConfiguration(
    int InputHeight,
    int InputWidth,
    int InputChannels,
    IReadOnlyList<double> Mean,
    IReadOnlyList<double> Std,
    double CropFraction,
    string Interpolation,
    string FirstConvolution,
    IReadOnlyList<string> Classifiers)
{
    /// <summary>The training tag of the published weights that this describes, such as <c>a1_in1k</c>; null for none in particular.</summary>
    public string? Tag { get; init; }

    /// <summary>Number of classes that the published weights tell apart; 0 where they have no classifier. Default 1000 (ImageNet-1k).</summary>
    public int NumClasses { get; init; } = 1000;

    /// <summary>
    /// True where the network takes images of exactly this size and no other; timm's <c>fixed_input_size</c>. False for
    /// convolutional networks, and for transformers that are made with <c>BackboneOptions.DynamicImageSize</c>.
    /// </summary>
    public bool FixedInputSize { get; init; }

    /// <summary>Least height and width, in pixels, of the images that the network takes; torchvision's <c>min_size</c>. Default 1: no limit is known.</summary>
    public int MinimumInputSize { get; init; } = 1;
}
