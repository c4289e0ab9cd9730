namespace Cass.Data;

/// <summary>Reads image sources, of which those of a user's own may fail in any way.</summary>
internal static class SourceReading
{
    /// <summary>The pixels of an image.</summary>
    /// <exception cref="UnreadableImageException">It cannot be read.</exception>
    public static PixelImage Pixels(IImageSource source) => Of(source, () => source.Decode() ?? throw new UnreadableImageException(source.Name, "its source returned no pixels."));

    /// <summary>What is read of an image.</summary>
    /// <exception cref="UnreadableImageException">It cannot be read.</exception>
    public static T Of<T>(IImageSource source, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not CassException and not OutOfMemoryException)
        {
            throw new UnreadableImageException(source.Name, $"its source failed with {e.GetType().Name}: {e.Message}", e);
        }
    }
}
