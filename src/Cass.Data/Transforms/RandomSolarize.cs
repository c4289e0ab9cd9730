namespace Cass.Data;

/// <summary>Inverts the values at or above a threshold, with a probability: torchvision's <c>RandomSolarize</c>.</summary>
public sealed class RandomSolarize : IPlannedTransform
{
    /// <summary>Creates the step.</summary>
    /// <param name="threshold">Lowest value that is inverted, 0 to 256. BYOL and DINO: 128.</param>
    /// <param name="probability">Probability, 0 to 1. BYOL and DINO: 0.2, for one of the views.</param>
    /// <exception cref="CassInputException">A parameter is out of range.</exception>
    public RandomSolarize(int threshold = 128, double probability = 0.5)
    {
        TransformArguments.CheckProbability(probability);
        TransformArguments.CheckRange(0, threshold, 0, 256, "threshold");
        Threshold = threshold;
        Probability = probability;
    }

    /// <summary>Lowest value that is inverted.</summary>
    public int Threshold { get; }

    /// <summary>Probability of a change.</summary>
    public double Probability { get; }

    /// <inheritdoc/>
    public bool PreservesGray => true;

    /// <inheritdoc/>
    public PixelImage Apply(PixelImage image, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return random.Chance(Probability) ? ImageColor.Solarize(image, Threshold) : image;
    }

    void IPlannedTransform.Plan(ImagePlan plan, Random random)
    {
        if (random.Chance(Probability))
        {
            plan.Steps.Add(new PixelStep(PixelStepKind.Solarize, Threshold));
        }
    }
}
