namespace Cass.Training;

/// <summary>How much each class counts in the focal loss.</summary>
public enum ClassWeighting
{
    /// <summary>All the same.</summary>
    None,

    /// <summary>Rare classes more: n / (classes · count), whose mean over the images is 1.</summary>
    InverseFrequency,

    /// <summary>As published: counts scaled to [0.2, 1], so that frequent classes count more.</summary>
    Published,
}
