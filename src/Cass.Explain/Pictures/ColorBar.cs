using System.Globalization;

namespace Cass.Explain;

/// <summary>Says beside an image which colour is how much of the hottest place's heat.</summary>
internal sealed class ColorBar
{
    private const byte Ground = 128;
    private const int LinesAtLeast = 4;

    private readonly HeatColors colors;
    private readonly float size;
    private readonly string[] labels;

    public ColorBar(Explanation explanation, double opacity)
    {
        colors = new HeatColors(explanation.HeatMap, opacity);
        size = TextSize(explanation.Image);
        labels = [colors.Most.ToString("0.00", CultureInfo.InvariantCulture), colors.Least.ToString("0.00", CultureInfo.InvariantCulture)];
        Height = Math.Max(explanation.Image.Height, (int)(size * LinesAtLeast));
        Width = (int)Math.Ceiling((2.5 * size) + labels.Max(label => PictureCanvas.Measure(label, size)));
    }

    /// <summary>Width in pixels, with a margin on both sides.</summary>
    public int Width { get; }

    /// <summary>Height in pixels: the image's, or what the labels need.</summary>
    public int Height { get; }

    /// <summary>Size of text, in pixels, that can be read beside an image.</summary>
    public static float TextSize(PixelImage image) => Math.Clamp(Math.Min(image.Width, image.Height) / 24f, 12, 60);

    public void Draw(PictureCanvas canvas, int left, int top)
    {
        var width = (int)size;
        var pixels = new byte[width * Height * 3];
        for (var row = 0; row < Height; row++)
        {
            // Over a middle grey, as over the image.
            Span<byte> rgb = [Ground, Ground, Ground];
            colors.Paint(colors.Least + ((colors.Most - colors.Least) * (1 - (row / Math.Max(1f, Height - 1)))), rgb);
            for (var column = 0; column < width; column++)
            {
                rgb.CopyTo(pixels.AsSpan(((row * width) + column) * 3));
            }
        }

        canvas.Picture(new PixelImage(width, Height, 3, pixels), left + (int)(size / 2), top);
        canvas.Text(labels[0], left + (2 * size), top + size, size);
        canvas.Text(labels[1], left + (2 * size), top + Height - (size / 4), size);
    }
}
