namespace Cass.Data;

/// <summary>What happens to images that cannot be read.</summary>
public enum UnreadableImages
{
    /// <summary>The first one ends the epoch with an <see cref="UnreadableImageException"/> that names it.</summary>
    Fail,

    /// <summary>They are left out of their batches and reported by <see cref="ImageLoader.SkippedImages"/>.</summary>
    Skip,
}
