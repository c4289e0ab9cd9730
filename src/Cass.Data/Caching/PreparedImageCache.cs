namespace Cass.Data;

/// <summary>Keeps images as they are after decoding and the steps that are the same at every time. Thread-safe.</summary>
internal abstract class PreparedImageCache : IDisposable
{
    /// <summary>Whether the images found belong to the cache, so that their buffers must not be used again.</summary>
    public abstract bool SharesBuffers { get; }

    /// <summary>Looks an image up.</summary>
    /// <param name="index">Its position in the dataset.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="encoded">Takes the file's bytes, where they had to be read.</param>
    /// <returns>The image; null where it is not there.</returns>
    public abstract PixelImage? Find(int index, IImageSource source, ref byte[]? encoded);

    /// <summary>Keeps an image, where there is room.</summary>
    /// <param name="index">Its position in the dataset.</param>
    /// <param name="image">The image.</param>
    /// <param name="source">Where it comes from.</param>
    /// <param name="encoded">The file's bytes, where they are known.</param>
    /// <returns>Whether its buffer belongs to the cache now.</returns>
    public abstract bool Add(int index, PixelImage image, IImageSource source, byte[]? encoded);

    public virtual void Dispose()
    {
    }
}
