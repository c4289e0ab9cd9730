namespace Cass.Data;

/// <summary>
/// Changes brightness, contrast, saturation and hue by random factors, in random order: torchvision's
/// <c>ColorJitter</c>.
/// </summary>
public sealed class ColorJitter : IPlannedTransform
{
    /// <summary>Creates the step.</summary>
    /// <param name="brightness">Brightness factors are uniform over [max(0, 1 − b), 1 + b]; at least 0.</param>
    /// <param name="contrast">The same for contrast.</param>
    /// <param name="saturation">The same for saturation.</param>
    /// <param name="hue">Hue factors are uniform over [−h, h]; 0 to 0.5.</param>
    /// <exception cref="CassInputException">A strength is out of range.</exception>
    public ColorJitter(double brightness = 0, double contrast = 0, double saturation = 0, double hue = 0)
    {
        TransformArguments.CheckRange(0, brightness, 0, double.MaxValue, "brightness");
        TransformArguments.CheckRange(0, contrast, 0, double.MaxValue, "contrast");
        TransformArguments.CheckRange(0, saturation, 0, double.MaxValue, "saturation");
        TransformArguments.CheckRange(0, hue, 0, 0.5, "hue");
        Brightness = brightness;
        Contrast = contrast;
        Saturation = saturation;
        Hue = hue;
    }

    /// <summary>Strength of the brightness change.</summary>
    public double Brightness { get; }

    /// <summary>Strength of the contrast change.</summary>
    public double Contrast { get; }

    /// <summary>Strength of the saturation change.</summary>
    public double Saturation { get; }

    /// <summary>Strength of the hue change.</summary>
    public double Hue { get; }

    /// <inheritdoc/>
    public bool PreservesGray => true;

    /// <inheritdoc/>
    public PixelImage Apply(PixelImage image, Random random)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(random);
        var parameters = Draw(random);
        var lease = new PixelLease(image, isOwned: false);
        foreach (var step in parameters.Order)
        {
            var current = lease.Image;
            lease.Become(step switch
            {
                ColorStep.Brightness when Brightness > 0 => ImageColor.AdjustBrightness(current, parameters.Brightness),
                ColorStep.Contrast when Contrast > 0 => ImageColor.AdjustContrast(current, parameters.Contrast),
                ColorStep.Saturation when Saturation > 0 => ImageColor.AdjustSaturation(current, parameters.Saturation),
                ColorStep.Hue when Hue > 0 => ImageColor.AdjustHue(current, parameters.Hue),
                _ => current,
            });
        }

        return lease.Image;
    }

    /// <summary>Draws the order and the four factors; as many draws whatever the strengths are.</summary>
    internal ColorJitterParameters Draw(Random random)
    {
        ColorStep[] order = [ColorStep.Brightness, ColorStep.Contrast, ColorStep.Saturation, ColorStep.Hue];
        for (var i = order.Length - 1; i > 0; i--)
        {
            var j = random.Next(i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }

        return new ColorJitterParameters(order, Factor(random, Brightness), Factor(random, Contrast), Factor(random, Saturation), random.Uniform(-Hue, Hue));
    }

    private static double Factor(Random random, double strength) => random.Uniform(Math.Max(0, 1 - strength), 1 + strength);

    void IPlannedTransform.Plan(ImagePlan plan, Random random)
    {
        var parameters = Draw(random);
        foreach (var step in parameters.Order)
        {
            var (kind, strength, amount) = step switch
            {
                ColorStep.Brightness => (PixelStepKind.Brightness, Brightness, parameters.Brightness),
                ColorStep.Contrast => (PixelStepKind.Contrast, Contrast, parameters.Contrast),
                ColorStep.Saturation => (PixelStepKind.Saturation, Saturation, parameters.Saturation),
                _ => (PixelStepKind.Hue, Hue, parameters.Hue),
            };
            if (strength > 0)
            {
                plan.Steps.Add(new PixelStep(kind, amount));
            }
        }
    }
}
