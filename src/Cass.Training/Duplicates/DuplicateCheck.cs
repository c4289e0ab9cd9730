namespace Cass.Training;

/// <summary>How far a trainer compares the images that it scores on with those that it trains on, the cheapest first.</summary>
public enum DuplicateCheck
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>
    /// Bytes of files of equal size, about a second for thousands of images; images that are no files, such as pixels in memory,
    /// by their pixels.
    /// </summary>
    Bytes,

    /// <summary>Decoded pixels too: the same image in another file format. Every image is decoded once more.</summary>
    Pixels,

    /// <summary>Looks too: the same image resized or recompressed, the next slice of a scan. No dearer than pixels.</summary>
    Looks,
}
