using static BrainMri.Phantoms.Shading;

namespace BrainMri.Phantoms;

/// <summary>
/// An infiltrating mass inside a hemisphere: an irregular outline, intensity near that of tissue, often a dead core
/// with an enhancing rim, and a halo of oedema.
/// </summary>
internal sealed class Glioma : Lesion
{
    private readonly ValueNoise outline;
    private readonly double centerX;
    private readonly double centerY;
    private readonly double size;
    private readonly double stretch;
    private readonly double raggedness;
    private readonly double body;
    private readonly double core;
    private readonly double rim;
    private readonly double oedema;
    private readonly double coreShare;

    public Glioma(PhantomRandom random, TissueContrast contrast)
    {
        outline = new ValueNoise(random.NextBits());
        centerX = random.Sign() * random.Between(0.20, 0.46);
        centerY = random.Between(-0.44, 0.44);
        size = random.Between(0.26, 0.38);
        stretch = random.Between(0.75, 1.3);
        raggedness = random.Between(0.45, 0.8);
        var fluidIsBright = contrast.Fluid > 0.5;
        oedema = contrast.WhiteMatter + (fluidIsBright ? random.Between(0.16, 0.34) : -random.Between(0.14, 0.28));
        body = contrast.GrayMatter + random.Between(-0.04, 0.26);
        coreShare = random.Chance(0.9) ? random.Between(0.45, 0.68) : 0;
        core = Blend(contrast.GrayMatter, contrast.Fluid, random.Between(0.7, 1.0));
        rim = coreShare > 0 ? random.Between(0.10, 0.45) : 0;
    }

    /// <inheritdoc/>
    public override double IntensityAt(double healthy, double x, double y, double radius)
    {
        if (DistanceAt(x, y) is not { } distance)
        {
            return healthy;
        }

        var parenchyma = Parenchyma(radius);
        var halo = 0.75 * Inside(1.45, 0.35, distance) * parenchyma;
        var mass = Mass(distance, parenchyma);
        var mottled = body * (1 + (0.22 * outline.At((x * 16) + 5, (y * 16) + 5)));
        var ring = rim * Inside(0.18, 0.16, Math.Abs(distance - coreShare - 0.12));
        var intensity = Blend(healthy, oedema, halo);
        intensity = Blend(intensity, mottled + ring, mass);
        return coreShare > 0
            ? Blend(intensity, core, Inside(coreShare, 0.10, distance) * parenchyma)
            : intensity;
    }

    /// <inheritdoc/>
    public override double CoverageAt(double x, double y, double radius) => DistanceAt(x, y) is { } distance ? Mass(distance, Parenchyma(radius)) : 0;

    private static double Mass(double distance, double parenchyma) => Inside(1, 0.16, distance) * parenchyma;

    private static double Parenchyma(double radius) => 1 - Step(HeadAnatomy.BrainRadius - 0.06, HeadAnatomy.BrainRadius - 0.01, radius);

    /// <summary>Distance from its centre along its ragged outline, 1 on it; null far away.</summary>
    private double? DistanceAt(double x, double y)
    {
        var dx = (x - centerX) * stretch;
        var dy = (y - centerY) / stretch;
        var distance = Math.Sqrt((dx * dx) + (dy * dy)) / size;
        return distance > 2.6 ? null : distance * (1 + (raggedness * outline.Fractal(x * 6, y * 6, 3)));
    }
}
