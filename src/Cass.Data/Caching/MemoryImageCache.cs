namespace Cass.Data;

/// <summary>
/// Keeps prepared images in memory, first come first kept: every image is used once an epoch, so that to make room for
/// another would only trade one miss for another.
/// </summary>
internal sealed class MemoryImageCache(int count, long capacity) : PreparedImageCache
{
    private const int Overhead = 96;
    private readonly PixelImage?[] images = new PixelImage?[count];
    private long used;

    public override bool SharesBuffers => true;

    public override PixelImage? Find(int index, IImageSource source, ref byte[]? encoded) => Volatile.Read(ref images[index]);

    public override bool Add(int index, PixelImage image, IImageSource source, byte[]? encoded)
    {
        var size = image.Pixels.Length + Overhead;
        if (Interlocked.Add(ref used, size) > capacity)
        {
            Interlocked.Add(ref used, -size);
            return false;
        }

        Volatile.Write(ref images[index], image);
        return true;
    }
}
