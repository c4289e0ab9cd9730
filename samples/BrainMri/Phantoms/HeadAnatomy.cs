using static BrainMri.Phantoms.Shading;

namespace BrainMri.Phantoms;

/// <summary>
/// One healthy head, cut axially, with the forehead up. Positions are in the head's own frame: the ellipse of the
/// scalp is the unit circle, x to the right, y down.
/// </summary>
internal sealed class HeadAnatomy
{
    /// <summary>Radius of the brain's surface; between it and <see cref="InnerTable"/> is fluid.</summary>
    public const double BrainRadius = 0.855;

    /// <summary>Radius of the skull's inner border.</summary>
    public const double InnerTable = 0.885;

    private const double OuterTable = 0.945;

    private readonly TissueContrast contrast;
    private readonly ValueNoise outline;
    private readonly ValueNoise folds;
    private readonly ValueNoise texture;
    private readonly SliceLevel level;
    private readonly double ventricleScale;
    private readonly double ventricleSkew;
    private readonly double fissureWidth;
    private readonly double foldFrequency;
    private readonly double textureAmplitude;
    private readonly double calcification;
    private readonly Vessel[] vessels;

    public HeadAnatomy(PhantomRandom random, SliceLevel level, TissueContrast contrast)
    {
        this.contrast = contrast;
        this.level = level;
        outline = new ValueNoise(random.NextBits());
        folds = new ValueNoise(random.NextBits());
        texture = new ValueNoise(random.NextBits());
        ventricleScale = random.Between(0.7, 1.45);
        ventricleSkew = random.Between(-0.15, 0.15);
        fissureWidth = random.Between(0.006, 0.02);
        foldFrequency = random.Between(4.5, 7.0);
        textureAmplitude = random.Between(0.015, 0.05);
        calcification = random.Chance(0.35) ? random.Between(0.02, 0.04) : 0;
        vessels = [.. Enumerable.Range(0, (int)random.Between(1, 6)).Select(_ => Vessel.Draw(random))];
    }

    /// <summary>Intensity in [0, 1], roughly, of what lies at a place; 0 for the air around the head.</summary>
    public double IntensityAt(double x, double y)
    {
        var radius = RadiusAt(x, y);
        if (radius > 1.03)
        {
            return 0;
        }

        var scalp = contrast.Scalp * (1 + (0.25 * texture.At(x * 14, y * 14)));
        if (radius > OuterTable + 0.02)
        {
            return scalp * Inside(1, 0.015, radius);
        }

        // Marrow makes the middle of the skull's bone brighter than its two tables.
        var marrow = 0.25 * Step(InnerTable + 0.015, InnerTable + 0.035, radius) * (1 - Step(OuterTable - 0.035, OuterTable - 0.015, radius));
        var bone = contrast.Bone + (marrow * (1 + texture.At(x * 5, y * 5)) * 0.5);
        var skull = Blend(bone, scalp, Step(OuterTable - 0.012, OuterTable + 0.012, radius));
        if (radius > InnerTable + 0.015)
        {
            return skull;
        }

        var brain = BrainAt(x, y, radius);
        return Blend(brain, skull, Step(InnerTable - 0.012, InnerTable + 0.012, radius));
    }

    /// <summary>Distance from the head's centre along its slightly uneven outline: 1 on the scalp.</summary>
    public double RadiusAt(double x, double y) =>
        Math.Sqrt((x * x) + (y * y)) * (1 + (0.035 * outline.At((x * 1.6) + 40, (y * 1.6) + 40)));

    private double BrainAt(double x, double y, double radius)
    {
        var depth = BrainRadius - radius;
        var fold = folds.At((x * foldFrequency) + 60, (y * foldFrequency) + 60);
        var fineFold = folds.At((x * foldFrequency * 2.1) - 30, (y * foldFrequency * 2.1) - 30);
        var hindbrain = level == SliceLevel.Low ? Step(0.18, 0.34, y) : 0;

        // A ribbon of grey matter that follows the surface and dips into the folds.
        var ribbon = 0.05 + (0.24 * Math.Abs(fold)) + (0.04 * fineFold);
        var white = Step(ribbon - 0.04, ribbon + 0.04, depth);
        var leaves = 0.5 + (0.5 * texture.At(x * 9, y * 34));
        white = Blend(white, (1.6 * leaves) - 0.3, hindbrain);
        white *= 1 - DeepGrayAt(x, y);

        var intensity = Blend(contrast.GrayMatter, contrast.WhiteMatter, white);
        intensity *= 1 + (textureAmplitude * texture.Fractal(x * 9, y * 9, 3)) + (0.03 * fineFold);

        var sulcus = Inside(0.055, 0.05, Math.Abs(fold)) * (1 - Step(0.10, 0.32, depth)) * (1 - hindbrain);
        var surface = Step(-0.012, 0.012, -depth);
        var fluid = Math.Max(Math.Max(surface, 0.75 * sulcus), Math.Max(FissureAt(x, y, radius), VentriclesAt(x, y)));
        intensity = Blend(intensity, contrast.Fluid, fluid);

        foreach (var vessel in vessels)
        {
            intensity = Blend(intensity, vessel.Brightness, vessel.CoverageAt(x, y));
        }

        if (calcification > 0 && level != SliceLevel.Low)
        {
            intensity = Blend(intensity, 0.9, Inside(calcification, 0.012, Ellipse(x, y - 0.22, 1, 1)));
        }

        return intensity;
    }

    private double FissureAt(double x, double y, double radius)
    {
        var wander = 0.02 * outline.At(3, y * 3);
        var line = Inside(fissureWidth, 0.012, Math.Abs(x - wander));
        var reach = level == SliceLevel.Low ? 1 - Step(-0.40, -0.32, y) : Step(0.42, 0.5, radius);
        var lateral = level == SliceLevel.High
            ? 0
            : Inside(0.02, 0.015, Math.Abs(y + 0.12 + (0.35 * (Math.Abs(x) - 0.6)))) * Step(0.42, 0.5, Math.Abs(x));
        return Math.Max(0.85 * line * reach, 0.8 * lateral);
    }

    private double DeepGrayAt(double x, double y)
    {
        if (level != SliceLevel.Middle)
        {
            return 0;
        }

        var side = Math.Abs(x);
        var thalamus = Inside(1, 0.15, Ellipse(side - 0.13, y - 0.08, 0.10, 0.15));
        var lentiform = Inside(1, 0.15, Ellipse(side - 0.30, y + 0.06, 0.08, 0.16));
        return 0.85 * Math.Max(thalamus, lentiform);
    }

    private double VentriclesAt(double x, double y)
    {
        var side = Math.Abs(x + (ventricleSkew * 0.1));
        var scale = ventricleScale * (x < 0 ? 1 + ventricleSkew : 1 - ventricleSkew);
        switch (level)
        {
            case SliceLevel.High:
                // Two crescents, nearer to each other in front.
                return Inside(1, 0.14, Ellipse(side - 0.075 - (0.55 * y * y) - (0.05 * y), y, 0.05 * scale, 0.36 * (0.8 + (0.2 * scale))));
            case SliceLevel.Middle:
                var frontal = Ellipse(side - 0.10 + (0.35 * (y + 0.26)), y + 0.26, 0.05 * scale, 0.13);
                var third = Ellipse(x, y - 0.05, 0.016 * scale, 0.14);
                var occipital = Ellipse(side - 0.26 - (0.4 * (y - 0.38)), y - 0.38, 0.045 * scale, 0.13);
                return Inside(1, 0.18, Math.Min(frontal, Math.Min(third, occipital)));
            default:
                // The star of the suprasellar cistern, and the fluid behind and beside the brainstem.
                var arms = Ellipse(side - 0.09, y + 0.21 - (0.5 * (side - 0.09)), 0.11, 0.028 * scale);
                var middle = Ellipse(x, y + 0.19, 0.055 * scale, 0.075);
                var legs = Ellipse(side - 0.08 - (0.3 * (y + 0.09)), y + 0.09, 0.022 * scale, 0.09);
                var cistern = Math.Min(middle, Math.Min(arms, legs));
                var fourth = Ellipse(x, y - 0.36, 0.07 * scale, 0.035 + (0.015 * scale));
                var ambient = Math.Abs(Ellipse(x, y - 0.08, 0.17, 0.17) - 1) * 8;
                return Math.Max(Inside(1, 0.25, Math.Min(cistern, fourth)), 0.7 * Inside(0.5, 0.3, ambient) * Step(0.02, 0.12, y));
        }
    }
}
