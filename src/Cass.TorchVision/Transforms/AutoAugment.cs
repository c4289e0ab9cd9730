using Cass.Data;
using static Cass.TorchVision.AugmentationOperation;
using static TorchSharp.torch;

namespace Cass.TorchVision;

/// <summary>
/// One of 25 pairs of operations, each with its probability and magnitude: torchvision's <c>AutoAugment</c> (Cubuk et al. 2019, "AutoAugment:
/// Learning Augmentation Strategies from Data", arXiv 1805.09501). What comes from outside of the image is black.
/// </summary>
public sealed class AutoAugment : ITensorTransform
{
    private const int Bins = 10;

    private static readonly Dictionary<AugmentationOperation, AugmentationRange> Ranges =
        RandAugment.Ranges(Bins).Append(AugmentationRange.Plain(Invert)).ToDictionary(range => range.Operation);

    private readonly IReadOnlyList<AutoAugmentPair> pairs;

    /// <summary>Creates the step.</summary>
    /// <param name="policy">The images that the policy was found on. Default ImageNet.</param>
    /// <param name="interpolation">How values between pixels are found: the nearest pixel by default, or bilinear.</param>
    /// <exception cref="CassInputException">A parameter is none of the named values.</exception>
    public AutoAugment(AutoAugmentPolicy policy = AutoAugmentPolicy.ImageNet, Interpolation interpolation = Interpolation.Nearest)
    {
        pairs = AutoAugmentPair.Of(policy);
        Policy = policy;
        Interpolation = TorchVisionArguments.Require(interpolation);
    }

    /// <summary>The images that the policy was found on.</summary>
    public AutoAugmentPolicy Policy { get; }

    /// <summary>How values between pixels are found.</summary>
    public Interpolation Interpolation { get; }

    /// <inheritdoc/>
    public Func<Tensor, Tensor> Draw(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        var pair = pairs[random.Next(pairs.Count)];
        var drawn = new List<DrawnOperation>();
        foreach (var (operation, probability, bin) in (ReadOnlySpan<(AugmentationOperation, double, int)>)[pair.First, pair.Second])
        {
            var isDone = random.NextDouble() <= probability;
            var isNegative = random.Next(2) == 1;
            if (isDone)
            {
                var range = Ranges[operation];
                drawn.Add(new DrawnOperation(range, bin, range.IsSigned && isNegative));
            }
        }

        return image => DrawnOperation.Apply(drawn, image, Interpolation);
    }
}
