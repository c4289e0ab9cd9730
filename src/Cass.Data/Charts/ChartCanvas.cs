using SkiaSharp;

namespace Cass.Data;

/// <summary>What the charts draw with: a white page, a title, text, colours that the colour-blind can tell apart.</summary>
internal sealed class ChartCanvas : IDisposable
{
    // Okabe and Ito 2008.
    private static readonly SKColor[] Palette =
    [
        new(0x00, 0x72, 0xb2), new(0xe6, 0x9f, 0x00), new(0x00, 0x9e, 0x73), new(0xcc, 0x79, 0xa7),
        new(0x56, 0xb4, 0xe9), new(0xd5, 0x5e, 0x00), new(0xf0, 0xe4, 0x42), new(0x80, 0x80, 0x80),
    ];

    private readonly SKBitmap bitmap;
    private readonly SKPaint paint = new() { IsAntialias = true };

    public ChartCanvas(int width, int height, string title)
    {
        bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        Canvas = new SKCanvas(bitmap);
        Canvas.Clear(SKColors.White);
        Text(title, width / 2f, 34, 22, SKTextAlign.Center);
    }

    public SKCanvas Canvas { get; }

    public static SKColor Color(int number) => Palette[number % Palette.Length];

    public void Text(string text, float x, float y, float size = 14, SKTextAlign align = SKTextAlign.Left, SKColor? color = null)
    {
        using var font = InstalledFonts.For(text, size);
        paint.Color = color ?? SKColors.Black;
        paint.Style = SKPaintStyle.Fill;
        Canvas.DrawText(text, x, y, align, font, paint);
    }

    public void Fill(SKRect rectangle, SKColor color)
    {
        paint.Color = color;
        paint.Style = SKPaintStyle.Fill;
        Canvas.DrawRect(rectangle, paint);
    }

    public void Line(float x0, float y0, float x1, float y1, SKColor color, float width = 1)
    {
        paint.Color = color;
        paint.Style = SKPaintStyle.Stroke;
        paint.StrokeWidth = width;
        Canvas.DrawLine(x0, y0, x1, y1, paint);
    }

    public void Wedge(SKPoint center, float radius, float startAngle, float sweepAngle, SKColor color)
    {
        paint.Color = color;
        paint.Style = SKPaintStyle.Fill;
        var box = new SKRect(center.X - radius, center.Y - radius, center.X + radius, center.Y + radius);
        if (sweepAngle >= 360)
        {
            Canvas.DrawOval(box, paint);
            return;
        }

        Canvas.DrawArc(box, startAngle, sweepAngle, useCenter: true, paint);
        paint.Color = SKColors.White;
        paint.Style = SKPaintStyle.Stroke;
        paint.StrokeWidth = 2;
        Canvas.DrawArc(box, startAngle, sweepAngle, useCenter: true, paint);
    }

    public void Picture(PixelImage image, SKRect place)
    {
        var rgb = ChannelLayout.ToRgb(image);
        using var picture = new SKBitmap(new SKImageInfo(rgb.Width, rgb.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        var pixels = picture.GetPixelSpan();
        for (int from = 0, to = 0; from < rgb.Pixels.Length; from += 3, to += 4)
        {
            rgb.Pixels.AsSpan(from, 3).CopyTo(pixels[to..]);
            pixels[to + 3] = 255;
        }

        using var shown = SKImage.FromBitmap(picture);
        Canvas.DrawImage(shown, place, new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear));
    }

    public void Save(string path)
    {
        Canvas.Flush();
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        AtomicFile.Write(path, stream => stream.Write(data.AsSpan()));
    }

    public void Dispose()
    {
        paint.Dispose();
        Canvas.Dispose();
        bitmap.Dispose();
    }
}
