using static TorchSharp.torch;

namespace Cass.TorchVision;

/// <summary>Sharpens or blurs, with a probability: torchvision's <c>RandomAdjustSharpness</c>.</summary>
public sealed class RandomAdjustSharpness : RandomOperation
{
    /// <summary>Creates the step.</summary>
    /// <param name="factor">Sharpness: 0 blurs, 1 changes nothing, 2 sharpens; 0 to 100.</param>
    /// <param name="probability">Probability, 0 to 1. Default 0.5.</param>
    /// <exception cref="CassInputException">A parameter is out of range.</exception>
    public RandomAdjustSharpness(double factor, double probability = 0.5)
        : base(probability, nameof(RandomAdjustSharpness)) => Factor = TorchVisionArguments.Require(factor, 0, 100, "factor of RandomAdjustSharpness");

    /// <summary>Sharpness.</summary>
    public double Factor { get; }

    private protected override Tensor Change(Tensor image) => AugmentationOperations.AdjustSharpness(image, Factor);
}
