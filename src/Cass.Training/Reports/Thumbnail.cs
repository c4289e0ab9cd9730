using SkiaSharp;

namespace Cass.Training;

/// <summary>Small pictures for reports.</summary>
internal static class Thumbnail
{
    private const int Side = 128;

    /// <summary>A PNG of at most 128 pixels a side as the value of an image's <c>src</c>; null where the image cannot be read.</summary>
    public static string? DataUri(IImageSource source)
    {
        PixelImage image;
        try
        {
            image = source.Decode();
        }
        catch (CassException)
        {
            return null;
        }

        using var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var pixels = bitmap.GetPixelSpan();
        for (var i = 0; i < image.Width * image.Height; i++)
        {
            for (var channel = 0; channel < 3; channel++)
            {
                pixels[(4 * i) + channel] = image.Pixels[image.Channels == 1 ? i : (3 * i) + channel];
            }

            pixels[(4 * i) + 3] = 255;
        }

        var scale = Math.Min(1, (double)Side / Math.Max(image.Width, image.Height));
        using var small = bitmap.Resize(
            new SKSizeI(Math.Max(1, (int)(image.Width * scale)), Math.Max(1, (int)(image.Height * scale))),
            new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
        using var data = small.Encode(SKEncodedImageFormat.Png, 100);
        return "data:image/png;base64," + Convert.ToBase64String(data.ToArray());
    }
}
