namespace BrainMri.Phantoms;

/// <summary>How bright each tissue is, in [0, 1]: what the weighting of an MRI sequence decides.</summary>
internal sealed record TissueContrast(double WhiteMatter, double GrayMatter, double Fluid, double Scalp, double Bone)
{
    /// <summary>
    /// A weighting like T1 with contrast agent, T2 or FLAIR, slightly varied. As in collections of real images, those
    /// of tumours are mostly T1 with contrast agent, which is given where a tumour is looked for.
    /// </summary>
    public static TissueContrast Draw(PhantomRandom random, TumorKind kind)
    {
        var (t1, t2) = kind == TumorKind.NoTumor ? (0.15, 0.50) : (0.92, 0.04);
        var weighting = random.NextUnit();
        var contrast = weighting < t1 ? new TissueContrast(0.60, 0.42, 0.10, 0.86, 0.07)
            : weighting < t1 + t2 ? new TissueContrast(0.34, 0.50, 0.84, 0.62, 0.05)
            : new TissueContrast(0.40, 0.54, 0.08, 0.50, 0.06);
        return new TissueContrast(
            contrast.WhiteMatter + random.Between(-0.05, 0.05),
            contrast.GrayMatter + random.Between(-0.04, 0.04),
            contrast.Fluid + random.Between(-0.05, 0.05),
            contrast.Scalp + random.Between(-0.15, 0.10),
            contrast.Bone + random.Between(-0.03, 0.05));
    }
}
