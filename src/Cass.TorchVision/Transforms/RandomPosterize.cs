using static TorchSharp.torch;

namespace Cass.TorchVision;

/// <summary>Keeps the highest bits of each value, with a probability: torchvision's <c>RandomPosterize</c>.</summary>
public sealed class RandomPosterize : RandomOperation
{
    /// <summary>Creates the step.</summary>
    /// <param name="bits">Bits to keep, 0 to 8.</param>
    /// <param name="probability">Probability, 0 to 1. Default 0.5.</param>
    /// <exception cref="CassInputException">A parameter is out of range.</exception>
    public RandomPosterize(int bits, double probability = 0.5)
        : base(probability, nameof(RandomPosterize)) => Bits = TorchVisionArguments.Require(bits, 0, 8, "number of bits of RandomPosterize");

    /// <summary>Bits that are kept.</summary>
    public int Bits { get; }

    private protected override Tensor Change(Tensor image) => AugmentationOperations.Posterize(image, Bits);
}
