using static TorchSharp.torch;

namespace Cass.TorchVision;

/// <summary>Takes each value from 255, with a probability: torchvision's <c>RandomInvert</c>.</summary>
public sealed class RandomInvert : RandomOperation
{
    /// <summary>Creates the step.</summary>
    /// <param name="probability">Probability, 0 to 1. Default 0.5.</param>
    /// <exception cref="CassInputException">The probability is out of range.</exception>
    public RandomInvert(double probability = 0.5)
        : base(probability, nameof(RandomInvert))
    {
    }

    private protected override Tensor Change(Tensor image) => AugmentationOperations.Invert(image);
}
