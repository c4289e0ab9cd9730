using Cass.Data;
using static Cass.TorchVision.AugmentationOperation;
using static TorchSharp.torch;

namespace Cass.TorchVision;

/// <summary>
/// Some of 14 operations after one another, each at one magnitude: torchvision's <c>RandAugment</c> (Cubuk et al. 2020, "RandAugment: Practical
/// automated data augmentation with a reduced search space", arXiv 1909.13719). What comes from outside of the image is black.
/// </summary>
public sealed class RandAugment : ITensorTransform
{
    private readonly AugmentationRange[] ranges;

    /// <summary>Creates the step.</summary>
    /// <param name="operations">Number of operations, 1 to 16; the paper's N. Default 2.</param>
    /// <param name="magnitude">Which of the magnitudes, from 0 to <paramref name="bins"/> − 1; the paper's M. Default 9.</param>
    /// <param name="bins">Number of magnitudes of each operation, 2 to 1000. Default 31.</param>
    /// <param name="interpolation">How values between pixels are found: the nearest pixel by default, or bilinear.</param>
    /// <exception cref="CassInputException">A parameter is out of range.</exception>
    public RandAugment(int operations = 2, int magnitude = 9, int bins = 31, Interpolation interpolation = Interpolation.Nearest)
    {
        Operations = TorchVisionArguments.Require(operations, 1, 16, "number of operations of RandAugment");
        TorchVisionArguments.Require(bins, 2, 1000, "number of magnitudes of RandAugment");
        Magnitude = TorchVisionArguments.Require(magnitude, 0, bins - 1, "magnitude of RandAugment");
        Interpolation = TorchVisionArguments.Require(interpolation);
        ranges = [.. Ranges(bins)];
    }

    /// <summary>Number of operations.</summary>
    public int Operations { get; }

    /// <summary>Which of the magnitudes.</summary>
    public int Magnitude { get; }

    /// <summary>How values between pixels are found.</summary>
    public Interpolation Interpolation { get; }

    /// <inheritdoc/>
    public Func<Tensor, Tensor> Draw(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        DrawnOperation[] drawn = [.. Enumerable.Range(0, Operations).Select(_ => AugmentationRange.Draw(ranges, Magnitude, bins: 0, random))];
        return image => DrawnOperation.Apply(drawn, image, Interpolation);
    }

    /// <summary>The operations and their magnitudes, in torchvision's order.</summary>
    internal static IEnumerable<AugmentationRange> Ranges(int bins) =>
    [
        AugmentationRange.Plain(Identity),
        AugmentationRange.Signed(ShearX, 0.3, bins),
        AugmentationRange.Signed(ShearY, 0.3, bins),
        AugmentationRange.Shift(TranslateX, 150.0 / 331, bins),
        AugmentationRange.Shift(TranslateY, 150.0 / 331, bins),
        AugmentationRange.Signed(Rotate, 30, bins),
        AugmentationRange.Signed(Brightness, 0.9, bins),
        AugmentationRange.Signed(Color, 0.9, bins),
        AugmentationRange.Signed(Contrast, 0.9, bins),
        AugmentationRange.Signed(Sharpness, 0.9, bins),
        AugmentationRange.Bits(8, 4, bins),
        AugmentationRange.Thresholds(bins),
        AugmentationRange.Plain(AutoContrast),
        AugmentationRange.Plain(Equalize),
    ];
}
