namespace Study.Images;

/// <summary>What is known of scored images, in the order of their answers.</summary>
/// <param name="Truth">The class of each, a digit each.</param>
/// <param name="Clusters">The cluster of near-duplicates that each belongs to.</param>
internal sealed record KnownImages(string Truth, IReadOnlyList<int> Clusters);
