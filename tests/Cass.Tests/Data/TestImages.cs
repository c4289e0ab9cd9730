using Cass.Data;
using SkiaSharp;

namespace Cass.Tests.Data;

/// <summary>Images and files for tests.</summary>
internal static class TestImages
{
    /// <summary>A smooth image with some structure, different for every seed.</summary>
    public static PixelImage Pattern(int height, int width, int channels = 3, int seed = 0)
    {
        var random = new Xoshiro256Random((ulong)seed);
        var (fx, fy) = (random.NextDouble() + 0.05, random.NextDouble() + 0.05);
        var pixels = new byte[height * width * channels];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                for (var c = 0; c < channels; c++)
                {
                    var value = 127 + (90 * Math.Sin((x * fx) + c) * Math.Cos((y * fy) + seed)) + random.Next(-20, 21);
                    pixels[(((y * width) + x) * channels) + c] = (byte)Math.Clamp(value, 0, 255);
                }
            }
        }

        return new PixelImage(width, height, channels, pixels);
    }

    public static PixelImage ToRgb(PixelImage gray) =>
        new(gray.Width, gray.Height, 3, [.. gray.Pixels.SelectMany(p => new[] { p, p, p })]);

    public static byte[] Encode(PixelImage image, SKEncodedImageFormat format = SKEncodedImageFormat.Png, int quality = 90)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, image.Channels == 1 ? SKColorType.Gray8 : SKColorType.Rgba8888, SKAlphaType.Opaque));
        var pixels = image.Channels == 1 ? image.Pixels : [.. image.Pixels.Chunk(3).SelectMany(p => new byte[] { p[0], p[1], p[2], 255 })];
        for (var y = 0; y < image.Height; y++)
        {
            var length = image.Width * (image.Channels == 1 ? 1 : 4);
            System.Runtime.InteropServices.Marshal.Copy(pixels, y * length, bitmap.GetPixels() + (y * bitmap.RowBytes), length);
        }

        using var data = bitmap.Encode(format, quality) ?? throw new InvalidOperationException($"{format} cannot be encoded.");
        return data.ToArray();
    }

    public static string Save(string path, PixelImage image, SKEncodedImageFormat format = SKEncodedImageFormat.Png)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, Encode(image, format));
        return path;
    }

    /// <summary>A dataset of images in memory, of two classes.</summary>
    public static ImageDataset Dataset(int count, int height = 12, int width = 10) => ImageDataset.FromImages(
        Enumerable.Range(0, count).Select(i => ((IImageSource)new EncodedImage(Encode(Pattern(height, width, i % 3 == 0 ? 1 : 3, i)), $"image {i}"), i % 2 == 0 ? "even" : "odd")));
}
