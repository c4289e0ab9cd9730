using static BrainMri.Phantoms.Shading;

namespace BrainMri.Phantoms;

/// <summary>A small bright mass on the midline of the base, in the cistern above the sella.</summary>
internal sealed class PituitaryTumor : Lesion
{
    private readonly ValueNoise texture;
    private readonly double centerX;
    private readonly double centerY;
    private readonly double semiAxisX;
    private readonly double semiAxisY;
    private readonly double brightness;

    public PituitaryTumor(PhantomRandom random, TissueContrast contrast)
    {
        texture = new ValueNoise(random.NextBits());
        centerX = random.Between(-0.035, 0.035);
        centerY = -0.18 + random.Between(-0.05, 0.05);
        semiAxisX = random.Between(0.10, 0.19);
        semiAxisY = semiAxisX * random.Between(0.75, 1.2);
        brightness = Math.Min(0.97, Math.Max(contrast.WhiteMatter, contrast.GrayMatter) + random.Between(0.18, 0.40));
    }

    /// <inheritdoc/>
    public override double IntensityAt(double healthy, double x, double y, double radius)
    {
        var mass = CoverageAt(x, y, radius);
        return mass == 0 ? healthy : Blend(healthy, brightness * (1 + (0.08 * texture.At(x * 18, y * 18))), mass);
    }

    /// <inheritdoc/>
    public override double CoverageAt(double x, double y, double radius)
    {
        var distance = Ellipse(x - centerX, y - centerY, semiAxisX, semiAxisY);
        return distance > 1.5 ? 0 : Inside(1, 0.12, distance * (1 + (0.08 * texture.At(x * 10, y * 10))));
    }
}
