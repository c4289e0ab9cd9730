namespace Cass.Data;

/// <summary>Several steps, all of them with a probability or none: torchvision's <c>RandomApply</c>.</summary>
public sealed class RandomApply : ICompositeTransform, IPlannedTransform
{
    private readonly TransformSequence sequence;

    /// <summary>Creates the step.</summary>
    /// <param name="transforms">The steps, in order.</param>
    /// <param name="probability">Probability that they are applied, 0 to 1.</param>
    /// <exception cref="CassInputException">The probability is out of range.</exception>
    public RandomApply(IEnumerable<IImageTransform> transforms, double probability = 0.5)
    {
        TransformArguments.CheckProbability(probability);
        sequence = new TransformSequence(transforms);
        Probability = probability;
    }

    /// <summary>The steps, in order.</summary>
    public IReadOnlyList<IImageTransform> Steps => sequence.Steps;

    /// <summary>Probability that the steps are applied.</summary>
    public double Probability { get; }

    /// <inheritdoc/>
    public bool PreservesGray => sequence.PreservesGray;

    /// <inheritdoc/>
    public PixelImage Apply(PixelImage image, Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        return random.Chance(Probability) ? sequence.Apply(image, random) : image;
    }

    void IPlannedTransform.Plan(ImagePlan plan, Random random)
    {
        if (!random.Chance(Probability))
        {
            return;
        }

        foreach (var step in Steps)
        {
            plan.Add(step, random);
        }
    }
}
