using static TorchSharp.torch;

namespace Cass.TorchVision;

/// <summary>Spreads the values of each channel evenly over the whole range, with a probability: torchvision's <c>RandomEqualize</c>.</summary>
public sealed class RandomEqualize : RandomOperation
{
    /// <summary>Creates the step.</summary>
    /// <param name="probability">Probability, 0 to 1. Default 0.5.</param>
    /// <exception cref="CassInputException">The probability is out of range.</exception>
    public RandomEqualize(double probability = 0.5)
        : base(probability, nameof(RandomEqualize))
    {
    }

    private protected override Tensor Change(Tensor image) => TorchSharp.torchvision.transforms.functional.equalize(image);
}
