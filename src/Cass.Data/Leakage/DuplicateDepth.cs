namespace Cass.Data;

/// <summary>How far images are compared, the cheapest first; each depth finds what those before it find.</summary>
public enum DuplicateDepth
{
    /// <summary>
    /// Bytes of files. Only files of equal size are read, and nothing is decoded but images that have no bytes, such as
    /// <see cref="RawImage"/>, which are compared by their pixels.
    /// </summary>
    Bytes,

    /// <summary>Decoded pixels too: the same image in another file format. Every image is decoded once.</summary>
    Pixels,

    /// <summary>Looks too, by <see cref="PerceptualHash"/>: the same image resized or recompressed, the next slice of a scan.</summary>
    Looks,
}
