namespace Cass.Data;

/// <summary>Takes the colours away with a probability: torchvision's <c>RandomGrayscale</c>.</summary>
public sealed class RandomGrayscale : IPlannedTransform
{
    /// <summary>Creates the step.</summary>
    /// <param name="probability">Probability, 0 to 1.</param>
    /// <exception cref="CassInputException">The probability is out of range.</exception>
    public RandomGrayscale(double probability = 0.1)
    {
        TransformArguments.CheckProbability(probability);
        Probability = probability;
    }

    /// <summary>Probability of a change.</summary>
    public double Probability { get; }

    /// <inheritdoc/>
    public bool PreservesGray => true;

    /// <inheritdoc/>
    public PixelImage Apply(PixelImage image, Random random)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(random);
        if (!random.Chance(Probability) || image.Channels == 1)
        {
            return image;
        }

        // Three channels, as torchvision keeps them: the steps that follow might not be ours.
        var gray = ImageColor.ToGrayscale(image);
        var rgb = ChannelLayout.ToRgb(gray);
        PixelBuffers.Return(gray.Pixels);
        return rgb;
    }

    void IPlannedTransform.Plan(ImagePlan plan, Random random)
    {
        if (random.Chance(Probability))
        {
            plan.Steps.Add(new PixelStep(PixelStepKind.Saturation, 0));
        }
    }
}
