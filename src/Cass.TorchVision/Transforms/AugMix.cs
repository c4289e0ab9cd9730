using Cass.Data;
using MathNet.Numerics.Distributions;
using TorchSharp;
using static Cass.TorchVision.AugmentationOperation;
using static TorchSharp.torch;

namespace Cass.TorchVision;

/// <summary>
/// The image mixed with several of its augmentations, by weights of a Dirichlet distribution: torchvision's <c>AugMix</c> (Hendrycks et al. 2020,
/// "AugMix: A Simple Data Processing Method to Improve Robustness and Uncertainty", arXiv 1912.02781), without the loss of the paper. What comes
/// from outside of the image is black.
/// </summary>
public sealed class AugMix : ITensorTransform
{
    private const int Bins = 10;
    private const int DeepestDrawn = 3;

    private readonly AugmentationRange[] ranges;

    /// <summary>Creates the step.</summary>
    /// <param name="severity">Magnitudes are drawn from the first so many of 10; 1 to 10. Default 3.</param>
    /// <param name="width">Number of augmented images that are mixed in, 1 to 16. Default 3.</param>
    /// <param name="depth">Operations of each, 1 to 16; null draws 1, 2 or 3. Default null.</param>
    /// <param name="alpha">Parameter of the Dirichlet and Beta distributions of the weights, above 0 and at most 1000. Default 1.</param>
    /// <param name="allOperations">Whether brightness, colour, contrast and sharpness are among the operations, which the paper leaves out. Default true.</param>
    /// <param name="interpolation">How values between pixels are found: bilinear by default, or the nearest pixel.</param>
    /// <exception cref="CassInputException">A parameter is out of range.</exception>
    public AugMix(int severity = 3, int width = 3, int? depth = null, double alpha = 1, bool allOperations = true, Interpolation interpolation = Interpolation.Bilinear)
    {
        Severity = TorchVisionArguments.Require(severity, 1, Bins, "severity of AugMix");
        Width = TorchVisionArguments.Require(width, 1, 16, "number of images that AugMix mixes");
        Depth = depth is { } given ? TorchVisionArguments.Require(given, 1, 16, "number of operations of AugMix") : null;
        Alpha = TorchVisionArguments.Require(alpha, 1e-3, 1000, "alpha of AugMix");
        Interpolation = TorchVisionArguments.Require(interpolation);
        ranges = [.. Ranges(allOperations)];
    }

    /// <summary>How many of the 10 magnitudes are drawn from.</summary>
    public int Severity { get; }

    /// <summary>Number of augmented images that are mixed in.</summary>
    public int Width { get; }

    /// <summary>Operations of each; null for one to three.</summary>
    public int? Depth { get; }

    /// <summary>Parameter of the distributions of the weights.</summary>
    public double Alpha { get; }

    /// <summary>How values between pixels are found.</summary>
    public Interpolation Interpolation { get; }

    /// <inheritdoc/>
    public Func<Tensor, Tensor> Draw(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var shares = Dirichlet.Sample(random, [Alpha, Alpha]);
        var weights = Width == 1 ? [1] : Dirichlet.Sample(random, [.. Enumerable.Repeat(Alpha, Width)]);
        (double Weight, DrawnOperation[] Operations)[] chains =
        [
            .. weights.Select(weight => (
                weight * shares[1],
                Enumerable.Range(0, Depth ?? random.Next(1, DeepestDrawn + 1)).Select(_ => AugmentationRange.Draw(ranges, bin: null, Severity, random)).ToArray())),
        ];
        return image => Mix(image, shares[0], chains, Interpolation);
    }

    /// <summary>The operations and their magnitudes, in torchvision's order.</summary>
    internal static IEnumerable<AugmentationRange> Ranges(bool allOperations) =>
    [
        AugmentationRange.Signed(ShearX, 0.3, Bins),
        AugmentationRange.Signed(ShearY, 0.3, Bins),
        AugmentationRange.Shift(TranslateX, 1.0 / 3, Bins),
        AugmentationRange.Shift(TranslateY, 1.0 / 3, Bins),
        AugmentationRange.Signed(Rotate, 30, Bins),
        AugmentationRange.Bits(4, 0, Bins),
        AugmentationRange.Thresholds(Bins),
        AugmentationRange.Plain(AutoContrast),
        AugmentationRange.Plain(Equalize),
        .. allOperations
            ? [
                AugmentationRange.Signed(Brightness, 0.9, Bins),
                AugmentationRange.Signed(Color, 0.9, Bins),
                AugmentationRange.Signed(Contrast, 0.9, Bins),
                AugmentationRange.Signed(Sharpness, 0.9, Bins),
            ]
            : (AugmentationRange[])[],
    ];

    /// <summary>Mixes an image with its augmentations.</summary>
    internal static Tensor Mix(Tensor image, double share, IEnumerable<(double Weight, DrawnOperation[] Operations)> chains, Interpolation interpolation)
    {
        var mix = Weighted(image, share);
        foreach (var (weight, operations) in chains)
        {
            using var scope = NewDisposeScope();
            mix.PlusInPlace(Weighted(DrawnOperation.Apply(operations, image, interpolation), weight));
        }

        return AugmentationOperations.ToBytes(mix);
    }

    private static Tensor Weighted(Tensor image, double weight) => image.to(ScalarType.Float32).mul(tensor((float)weight).to(image.device));
}
