using Cass.Data;
using static Cass.TorchVision.AugmentationOperation;
using static TorchSharp.torch;

namespace Cass.TorchVision;

/// <summary>
/// One of 14 operations at a random magnitude: torchvision's <c>TrivialAugmentWide</c> (Müller and Hutter 2021, "TrivialAugment: Tuning-free Yet
/// State-of-the-Art Data Augmentation", arXiv 2103.10158). What comes from outside of the image is black.
/// </summary>
public sealed class TrivialAugmentWide : ITensorTransform
{
    private readonly AugmentationRange[] ranges;

    /// <summary>Creates the step.</summary>
    /// <param name="bins">Number of magnitudes of each operation, 2 to 1000. Default 31.</param>
    /// <param name="interpolation">How values between pixels are found: the nearest pixel by default, or bilinear.</param>
    /// <exception cref="CassInputException">A parameter is out of range.</exception>
    public TrivialAugmentWide(int bins = 31, Interpolation interpolation = Interpolation.Nearest)
    {
        Bins = TorchVisionArguments.Require(bins, 2, 1000, "number of magnitudes of TrivialAugmentWide");
        Interpolation = TorchVisionArguments.Require(interpolation);
        ranges = [.. Ranges(bins)];
    }

    /// <summary>Number of magnitudes of each operation.</summary>
    public int Bins { get; }

    /// <summary>How values between pixels are found.</summary>
    public Interpolation Interpolation { get; }

    /// <inheritdoc/>
    public Func<Tensor, Tensor> Draw(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var drawn = AugmentationRange.Draw(ranges, bin: null, Bins, random);
        return image => DrawnOperation.Apply([drawn], image, Interpolation);
    }

    /// <summary>The operations and their magnitudes, in torchvision's order.</summary>
    internal static IEnumerable<AugmentationRange> Ranges(int bins) =>
    [
        AugmentationRange.Plain(Identity),
        AugmentationRange.Signed(ShearX, 0.99, bins),
        AugmentationRange.Signed(ShearY, 0.99, bins),
        AugmentationRange.Signed(TranslateX, 32, bins),
        AugmentationRange.Signed(TranslateY, 32, bins),
        AugmentationRange.Signed(Rotate, 135, bins),
        AugmentationRange.Signed(Brightness, 0.99, bins),
        AugmentationRange.Signed(Color, 0.99, bins),
        AugmentationRange.Signed(Contrast, 0.99, bins),
        AugmentationRange.Signed(Sharpness, 0.99, bins),
        AugmentationRange.Bits(8, 2, bins),
        AugmentationRange.Thresholds(bins),
        AugmentationRange.Plain(AutoContrast),
        AugmentationRange.Plain(Equalize),
    ];
}
