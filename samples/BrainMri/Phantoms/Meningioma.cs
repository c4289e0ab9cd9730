using static BrainMri.Phantoms.Shading;

namespace BrainMri.Phantoms;

/// <summary>A round, well-defined, evenly enhancing mass that sits with a broad base on the skull's inner border.</summary>
internal sealed class Meningioma : Lesion
{
    private const double Reach = 2;

    private readonly ValueNoise texture;
    private readonly double centerX;
    private readonly double centerY;
    private readonly double size;
    private readonly double brightness;
    private readonly double tailBrightness;

    public Meningioma(PhantomRandom random, TissueContrast contrast)
    {
        texture = new ValueNoise(random.NextBits());
        size = random.Between(0.22, 0.34);
        var fromCenter = HeadAnatomy.InnerTable - (size * random.Between(0.55, 0.9));

        // Over the convexity, mostly in front and at the sides. The direction comes from two random coordinates rather
        // than from trigonometry, whose last bit differs between machines.
        double x, y, length;
        do
        {
            x = random.Between(-1, 1);
            y = random.Between(-1, 0.3);
            length = Math.Sqrt((x * x) + (y * y));
        }
        while (length is < 0.1 or > 1);

        centerX = x / length * fromCenter;
        centerY = y / length * fromCenter;
        brightness = Math.Min(0.97, Math.Max(contrast.WhiteMatter, contrast.GrayMatter) + random.Between(0.26, 0.42));
        tailBrightness = random.Chance(0.5) ? brightness * 0.9 : 0;
    }

    /// <inheritdoc/>
    public override double IntensityAt(double healthy, double x, double y, double radius)
    {
        var distance = DistanceAt(x, y);
        if (distance > Reach)
        {
            return healthy;
        }

        var insideSkull = InsideSkull(radius);
        if (tailBrightness > 0)
        {
            // The dural tail: the enhancing membrane beside the mass.
            var tail = Step(HeadAnatomy.BrainRadius - 0.02, HeadAnatomy.BrainRadius, radius) * Inside(1.6, 0.2, distance);
            healthy = Blend(healthy, tailBrightness, tail * insideSkull);
        }

        var mass = Mass(distance, x, y, insideSkull);
        return Blend(healthy, brightness * (1 + (0.05 * texture.At(x * 12, y * 12))), mass);
    }

    /// <inheritdoc/>
    public override double CoverageAt(double x, double y, double radius)
    {
        var distance = DistanceAt(x, y);
        return distance > Reach ? 0 : Mass(distance, x, y, InsideSkull(radius));
    }

    private static double InsideSkull(double radius) => Inside(HeadAnatomy.InnerTable, 0.012, radius);

    private double Mass(double distance, double x, double y, double insideSkull) => Inside(1, 0.07, distance * (1 + (0.05 * texture.At(x * 5, y * 5)))) * insideSkull;

    private double DistanceAt(double x, double y)
    {
        var dx = x - centerX;
        var dy = y - centerY;
        return Math.Sqrt((dx * dx) + (dy * dy)) / size;
    }
}
