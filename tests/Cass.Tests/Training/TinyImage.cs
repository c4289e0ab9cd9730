namespace Cass.Tests.Training;

/// <summary>A small image whose class shows: a bright quadrant on noise.</summary>
internal sealed class TinyImage(int quadrant, int seed, int size = 40) : IImageSource
{
    public string Name => $"tiny-{quadrant}-{seed}";

    public PixelImage Decode()
    {
        var random = new Random(seed);
        var pixels = new byte[size * size * 3];
        for (var y = 0; y < size; y++)
        {
            for (var x = 0; x < size; x++)
            {
                var inside = (y >= size / 2 ? 2 : 0) + (x >= size / 2 ? 1 : 0) == quadrant;
                var value = (byte)(random.Next(100) + (inside ? 120 : 0));
                pixels.AsSpan((((y * size) + x) * 3), 3).Fill(value);
            }
        }

        return new PixelImage(size, size, 3, pixels);
    }
}
