using static TorchSharp.torch;

namespace Cass.TorchVision;

/// <summary>Stretches the values of each channel over the whole range, with a probability; a channel of one value stays: torchvision's <c>RandomAutocontrast</c>.</summary>
public sealed class RandomAutocontrast : RandomOperation
{
    /// <summary>Creates the step.</summary>
    /// <param name="probability">Probability, 0 to 1. Default 0.5.</param>
    /// <exception cref="CassInputException">The probability is out of range.</exception>
    public RandomAutocontrast(double probability = 0.5)
        : base(probability, nameof(RandomAutocontrast))
    {
    }

    private protected override Tensor Change(Tensor image) => AugmentationOperations.AutoContrast(image);
}
