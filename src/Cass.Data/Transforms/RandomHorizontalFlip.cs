namespace Cass.Data;

/// <summary>Mirrors left and right with a probability: torchvision's <c>RandomHorizontalFlip</c>.</summary>
public sealed class RandomHorizontalFlip : IPlannedTransform
{
    /// <summary>Creates the step.</summary>
    /// <param name="probability">Probability, 0 to 1.</param>
    /// <exception cref="CassInputException">The probability is out of range.</exception>
    public RandomHorizontalFlip(double probability = 0.5)
    {
        TransformArguments.CheckProbability(probability);
        Probability = probability;
    }

    /// <summary>Probability of mirroring.</summary>
    public double Probability { get; }

    /// <inheritdoc/>
    public bool PreservesGray => true;

    /// <inheritdoc/>
    public PixelImage Apply(PixelImage image, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return random.Chance(Probability) ? ImageGeometry.FlipHorizontal(image) : image;
    }

    void IPlannedTransform.Plan(ImagePlan plan, Random random)
    {
        if (random.Chance(Probability))
        {
            plan.Warp([-1, 0, plan.Width, 0, 1, 0, 0, 0, 1]);
        }
    }
}
