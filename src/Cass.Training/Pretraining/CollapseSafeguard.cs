namespace Cass.Training;

/// <summary>
/// What keeps both networks from giving every image the same output, which makes the published loss zero and teaches
/// nothing.
/// </summary>
public enum CollapseSafeguard
{
    /// <summary>Nothing, as published: the similarity of the two networks' logits. Collapses from random weights.</summary>
    None,

    /// <summary>
    /// Variance and covariance terms across the two networks (VICReg, Bardes et al. 2022), on projections of the
    /// pooled features.
    /// </summary>
    VarianceCovariance,
}
