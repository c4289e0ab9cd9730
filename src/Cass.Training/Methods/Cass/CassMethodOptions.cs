using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>Settings of <see cref="CassMethod"/>. The defaults are those of <see cref="CassRecipe.Recommended"/>.</summary>
public sealed class CassMethodOptions
{
    /// <summary>The published method: one published view, the similarity of the two networks' logits, no safeguard.</summary>
    public static CassMethodOptions Published => new() { Safeguard = CollapseSafeguard.None, Augmentation = PretrainingAugmentation.Published };

    /// <summary>What keeps the networks from collapse. Default <see cref="CollapseSafeguard.VicReg"/>; none as published.</summary>
    public CollapseSafeguard Safeguard { get; set; } = CollapseSafeguard.VicReg;

    /// <summary>
    /// Which outputs for one image are compared, with a safeguard and two views. Default
    /// <see cref="ComparedPairs.AcrossNetworksAndViews"/>.
    /// </summary>
    public ComparedPairs Pairs { get; set; } = ComparedPairs.AcrossNetworksAndViews;

    /// <summary>Width of the projectors' two layers, with a safeguard. Default 512.</summary>
    [Range(8, 65_536)]
    public int ProjectorWidth { get; set; } = 512;

    /// <summary>
    /// Momentum of the teachers at the first step, with <see cref="CollapseSafeguard.Byol"/>; a cosine takes it to 1 at the
    /// last. Default 0.996, as in BYOL.
    /// </summary>
    [Range(0.0, 1.0)]
    public double TeacherMomentum { get; set; } = 0.996;

    /// <summary>How images are augmented. Default <see cref="PretrainingAugmentation.TwoViews"/>; one published view as published.</summary>
    public PretrainingAugmentation Augmentation { get; set; } = PretrainingAugmentation.TwoViews;

    /// <summary>
    /// Smallest share of an image's area that a view shows, with <see cref="PretrainingAugmentation.TwoViews"/>; the largest
    /// is all of it. Default 0.5; SimCLR takes 0.08, of photographs.
    /// </summary>
    [Range(0.01, 1.0)]
    public double MinCropScale { get; set; } = 0.5;

    /// <summary>
    /// Whether the published view jitters colours before its affine step too, with <see cref="PretrainingAugmentation.Published"/>.
    /// Default true; false in the authors' first release.
    /// </summary>
    public bool JitterBeforeAffine { get; set; } = true;
}
