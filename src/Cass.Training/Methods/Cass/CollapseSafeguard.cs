namespace Cass.Training;

/// <summary>
/// What keeps both networks from giving every image the same output, which makes the published loss zero and teaches
/// nothing. All but <see cref="None"/> compare projections of the pooled features.
/// </summary>
public enum CollapseSafeguard
{
    /// <summary>Nothing, as published: the similarity of the two networks' logits. Collapses from random weights.</summary>
    None,

    /// <summary>Variance and covariance terms on both sides of each pair (VICReg, Bardes et al. 2022, arXiv 2105.04906).</summary>
    VicReg,

    /// <summary>Dimensions that agree across a pair and do not repeat one another (Barlow Twins, Zbontar et al. 2021, arXiv 2103.03230).</summary>
    BarlowTwins,

    /// <summary>
    /// A predictor on one side of each pair and no gradient on the other, both ways (SimSiam, Chen and He 2021,
    /// arXiv 2011.10566).
    /// </summary>
    SimSiam,

    /// <summary>
    /// A predictor on one side and, on the other, a copy of the other network that follows it as a moving average (BYOL,
    /// Grill et al. 2020, arXiv 2006.07733). Costs a second forward pass of both networks and their memory.
    /// </summary>
    Byol,
}
