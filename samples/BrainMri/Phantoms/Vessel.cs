using static BrainMri.Phantoms.Shading;

namespace BrainMri.Phantoms;

/// <summary>A small bright spot that is no tumour: a vessel cut across, present in every class.</summary>
internal sealed record Vessel(double X, double Y, double Radius, double Brightness)
{
    public static Vessel Draw(PhantomRandom random)
    {
        // Near the surface, near the midline, or around the base, where vessels lie.
        var brightness = random.Between(0.6, 1.0);
        return random.NextUnit() switch
        {
            < 0.4 => new Vessel(random.Sign() * random.Between(0.40, 0.62), random.Between(-0.55, 0.55), random.Between(0.012, 0.035), brightness),
            < 0.7 => new Vessel(random.Between(-0.03, 0.03), random.Sign() * random.Between(0.55, 0.80), random.Between(0.015, 0.04), brightness),
            _ => new Vessel(random.Sign() * random.Between(0.06, 0.30), random.Between(-0.30, 0.05), random.Between(0.010, 0.030), brightness),
        };
    }

    public double CoverageAt(double x, double y)
    {
        x -= X;
        y -= Y;
        return Inside(Radius, 0.012, Math.Sqrt((x * x) + (y * y)));
    }
}
