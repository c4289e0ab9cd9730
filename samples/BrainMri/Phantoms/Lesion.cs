namespace BrainMri.Phantoms;

/// <summary>A tumour drawn over healthy tissue. Positions are in the frame of <see cref="HeadAnatomy"/>.</summary>
internal abstract class Lesion
{
    /// <summary>What is seen at a place where healthy tissue would have the given intensity.</summary>
    /// <param name="healthy">Intensity without the tumour.</param>
    /// <param name="x">Position to the right of the head's centre.</param>
    /// <param name="y">Position below the head's centre.</param>
    /// <param name="radius">Distance from the centre: <see cref="HeadAnatomy.RadiusAt"/>.</param>
    public abstract double IntensityAt(double healthy, double x, double y, double radius);

    /// <summary>How much of a place its mass covers, from 0 to 1.</summary>
    /// <param name="x">Position to the right of the head's centre.</param>
    /// <param name="y">Position below the head's centre.</param>
    /// <param name="radius">Distance from the centre: <see cref="HeadAnatomy.RadiusAt"/>.</param>
    public abstract double CoverageAt(double x, double y, double radius);

    /// <summary>Draws the tumour of a class; null for a head without.</summary>
    public static Lesion? Draw(PhantomRandom random, TumorKind kind, TissueContrast contrast) => kind switch
    {
        TumorKind.Glioma => new Glioma(random, contrast),
        TumorKind.Pituitary => new PituitaryTumor(random, contrast),
        TumorKind.Meningioma => new Meningioma(random, contrast),
        _ => null,
    };
}
