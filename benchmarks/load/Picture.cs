using SkiaSharp;

namespace Cass.Load.Benchmarks;

/// <summary>A smooth picture with a little noise, another for every seed, about as hard to compress as a scan.</summary>
internal sealed class Picture(int seed, int height, int width) : IImageSource
{
    public string Name => $"picture {seed}";

    public PixelImage Decode()
    {
        var random = new Random(seed);
        var (fx, fy) = ((random.NextDouble() + 0.2) * 20 / width, (random.NextDouble() + 0.2) * 20 / height);
        var pixels = new byte[height * width * 3];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var level = (byte)(127 + (90 * Math.Sin(x * fx) * Math.Cos((y * fy) + seed)) + random.Next(-12, 13));
                pixels.AsSpan(((y * width) + x) * 3, 3).Fill(level);
            }
        }

        return new PixelImage(width, height, 3, pixels);
    }

    /// <summary>The picture as a file of a camera or an archive.</summary>
    public byte[] Encode(SKEncodedImageFormat format)
    {
        var pixels = Decode().Pixels;
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var target = bitmap.GetPixelSpan();
        for (var i = 0; i < width * height; i++)
        {
            pixels.AsSpan(i * 3, 3).CopyTo(target[(i * 4)..]);
            target[(i * 4) + 3] = byte.MaxValue;
        }

        using var data = bitmap.Encode(format, quality: 90);
        return data.ToArray();
    }
}
