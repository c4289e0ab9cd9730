namespace Cass.Data;

/// <summary>How duplicates are looked for. Immutable.</summary>
public sealed record DuplicateSearchOptions
{
    internal const int LargestDistance = 15;

    /// <summary>How far images are compared. Default <see cref="DuplicateDepth.Looks"/>.</summary>
    public DuplicateDepth Depth { get; init; } = DuplicateDepth.Looks;

    /// <summary>
    /// Largest number of differing bits, of 64, of the perceptual hashes of images that look alike; 0 to 15. Default 4. More
    /// finds more copies, and more images that only resemble each other.
    /// </summary>
    public int MaxDistance { get; init; } = 4;

    /// <summary>Number of threads; null, the default, for <see cref="AvailableProcessors.Count"/>.</summary>
    public int? Workers { get; init; }

    /// <summary>Remembers what was read, so that several searches read each image once. Null, the default, forgets it.</summary>
    public ImageFingerprints? Fingerprints { get; init; }

    internal void Check()
    {
        if (MaxDistance is < 0 or > LargestDistance)
        {
            throw new CassInputException($"The largest distance of near-duplicates is {MaxDistance}; it must lie between 0 and {LargestDistance}.");
        }

        if (!Enum.IsDefined(Depth))
        {
            throw new CassInputException($"The depth of a search for duplicates is {Depth}; it must be one of {string.Join(", ", Enum.GetNames<DuplicateDepth>())}.");
        }

        if (Workers is < 1)
        {
            throw new CassInputException($"The number of threads that search for duplicates is {Workers}; it must be at least 1, or null for one per processor.");
        }
    }
}
