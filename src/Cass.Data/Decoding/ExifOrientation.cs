using SkiaSharp;

namespace Cass.Data;

/// <summary>Turns a stored image the way up that its EXIF tag 0x0112 says.</summary>
internal static class ExifOrientation
{
    /// <summary>Whether height and width change places.</summary>
    public static bool SwapsSides(SKEncodedOrigin origin) =>
        origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;

    public static PixelImage Apply(PixelImage image, SKEncodedOrigin origin)
    {
        if (origin == SKEncodedOrigin.TopLeft)
        {
            return image;
        }

        var (w, h, c) = (image.Width, image.Height, image.Channels);
        var (width, height) = SwapsSides(origin) ? (h, w) : (w, h);
        var pixels = PixelBuffers.Rent(image.Pixels.Length);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (sx, sy) = origin switch
                {
                    SKEncodedOrigin.TopRight => (w - 1 - x, y),
                    SKEncodedOrigin.BottomRight => (w - 1 - x, h - 1 - y),
                    SKEncodedOrigin.BottomLeft => (x, h - 1 - y),
                    SKEncodedOrigin.LeftTop => (y, x),
                    SKEncodedOrigin.RightTop => (y, h - 1 - x),
                    SKEncodedOrigin.RightBottom => (w - 1 - y, h - 1 - x),
                    _ => (w - 1 - y, x),
                };
                image.Pixels.AsSpan(((sy * w) + sx) * c, c).CopyTo(pixels.AsSpan(((y * width) + x) * c));
            }
        }

        PixelBuffers.Return(image.Pixels);
        return new PixelImage(width, height, c, pixels);
    }
}
