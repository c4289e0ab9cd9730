namespace BrainMri.CommandLine;

/// <summary>How images are held back from training.</summary>
internal enum SplitMethod
{
    /// <summary>By clusters of near-duplicates where the images allow it; else as far as they do, with a warning.</summary>
    Auto,

    /// <summary>By clusters of near-duplicates, or not at all.</summary>
    Clusters,

    /// <summary>Each image alone, as published.</summary>
    Images,
}
