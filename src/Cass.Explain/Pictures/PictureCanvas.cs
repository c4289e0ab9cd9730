using Cass.Data;
using SkiaSharp;

namespace Cass.Explain;

/// <summary>A white page that pictures, bars and captions are put on, and that becomes a PNG.</summary>
internal sealed class PictureCanvas : IDisposable
{
    private readonly SKBitmap bitmap;
    private readonly SKCanvas canvas;

    public PictureCanvas(int width, int height)
    {
        bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.White);
    }

    /// <summary>Width of a text in pixels.</summary>
    /// <exception cref="CassException">There is no font.</exception>
    public static float Measure(string text, float size)
    {
        using var font = InstalledFonts.For(text, size);
        return font.MeasureText(text);
    }

    /// <summary>A text, with an ellipsis for its middle where it is wider than it may be.</summary>
    public static string Shortened(string text, float size, float width)
    {
        var kept = text;
        for (var letters = text.Length - 1; letters > 1 && Measure(kept, size) > width; letters--)
        {
            kept = $"{text[..((letters + 1) / 2)]}…{text[^(letters / 2)..]}";
        }

        return kept;
    }

    /// <summary>Writes a text that begins at a point of its base line.</summary>
    public void Text(string text, float x, float y, float size)
    {
        using var font = InstalledFonts.For(text, size);
        using var paint = new SKPaint { IsAntialias = true, Color = SKColors.Black };
        canvas.DrawText(text, x, y, font, paint);
    }

    /// <summary>Copies an RGB or grey image, pixel by pixel.</summary>
    public void Picture(PixelImage image, int left, int top)
    {
        canvas.Flush();
        var pixels = bitmap.GetPixelSpan();
        for (var row = 0; row < image.Height; row++)
        {
            for (var column = 0; column < image.Width; column++)
            {
                var from = ((row * image.Width) + column) * image.Channels;
                var to = (((top + row) * bitmap.Width) + left + column) * 4;
                for (var channel = 0; channel < 3; channel++)
                {
                    pixels[to + channel] = image.Pixels[image.Channels == 1 ? from : from + channel];
                }
            }
        }
    }

    public byte[] Encode()
    {
        canvas.Flush();
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    public void Dispose()
    {
        canvas.Dispose();
        bitmap.Dispose();
    }
}
