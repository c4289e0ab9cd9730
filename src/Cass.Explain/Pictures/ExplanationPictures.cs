using System.Globalization;

namespace Cass.Explain;

/// <summary>Explanations as pictures: heat over the image, in the image's own size, as PNG.</summary>
public static class ExplanationPictures
{
    private const int Gap = 8;

    /// <summary>A longer name of an image would push the pictures apart.</summary>
    private const int WidestNameInLetters = 12;

    /// <summary>The image with its heat over it.</summary>
    /// <param name="explanation">The explanation.</param>
    /// <param name="options">How; the defaults where null.</param>
    /// <returns>RGB, in the image's own size, without a bar.</returns>
    /// <exception cref="CassInputException">An option is out of its range.</exception>
    public static PixelImage Overlay(this Explanation explanation, OverlayOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(explanation);
        options ??= new();
        options.Check();
        var image = explanation.Image;
        var heat = explanation.HeatMap.Values.Span;
        var colors = new HeatColors(explanation.HeatMap, options.Opacity);
        var pixels = new byte[image.Width * image.Height * 3];
        for (var place = 0; place < heat.Length; place++)
        {
            var rgb = pixels.AsSpan(place * 3, 3);
            if (image.Channels == 1)
            {
                rgb.Fill(image.Pixels[place]);
            }
            else
            {
                image.Pixels.AsSpan(place * 3, 3).CopyTo(rgb);
            }

            colors.Paint(heat[place], rgb);
        }

        return new PixelImage(image.Width, image.Height, 3, pixels);
    }

    /// <summary>The image with its heat over it, and a bar beside it that says which colour is how much of the hottest place's heat.</summary>
    /// <param name="explanation">The explanation.</param>
    /// <param name="options">How; the defaults where null.</param>
    /// <returns>A PNG, in which the image keeps its own size, in the top left corner.</returns>
    /// <exception cref="CassInputException">An option is out of its range.</exception>
    /// <exception cref="CassException">No font is installed for the bar.</exception>
    public static byte[] EncodeOverlay(this Explanation explanation, OverlayOptions? options = null)
    {
        var overlay = Overlay(explanation, options);
        options ??= new();
        var bar = options.ColorBar ? new ColorBar(explanation, options.Opacity) : null;
        using var canvas = new PictureCanvas(overlay.Width + (bar?.Width ?? 0), Math.Max(overlay.Height, bar?.Height ?? 0));
        canvas.Picture(overlay, 0, 0);
        bar?.Draw(canvas, overlay.Width, 0);
        return canvas.Encode();
    }

    /// <summary>Writes <see cref="EncodeOverlay"/> to a file.</summary>
    /// <param name="explanation">The explanation.</param>
    /// <param name="path">The PNG file; replaced where it exists.</param>
    /// <param name="options">How; the defaults where null.</param>
    /// <exception cref="CassInputException">An option is out of its range.</exception>
    /// <exception cref="CassException">No font is installed for the bar.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void SaveOverlay(this Explanation explanation, string path, OverlayOptions? options = null) => Save(path, EncodeOverlay(explanation, options));

    /// <summary>
    /// Several explanations of one image beside each other, such as those of both networks of a pair: first the image as it is, then each
    /// with its heat, under the network's name, the method, and the class with its probability.
    /// </summary>
    /// <param name="explanations">Explanations of one image, at least one.</param>
    /// <param name="options">How; the defaults where null.</param>
    /// <returns>A PNG, in which the image keeps its own size.</returns>
    /// <exception cref="ArgumentException">There is none, or they are of several images.</exception>
    /// <exception cref="CassInputException">An option is out of its range.</exception>
    /// <exception cref="CassException">No font is installed for the captions.</exception>
    public static byte[] EncodeSideBySide(IReadOnlyList<Explanation> explanations, OverlayOptions? options = null)
    {
        RequireOneImage(explanations);
        options ??= new();
        var image = explanations[0].Image;
        var size = ColorBar.TextSize(image);
        Panel[] panels =
        [
            new(image, [PictureCanvas.Shortened(Path.GetFileName(explanations[0].Prediction.Image), size, Math.Max(image.Width, WidestNameInLetters * size)), FormattableString.Invariant($"{image.Width}×{image.Height}")], null, size),
            .. explanations.Select(explanation => new Panel(
                explanation.Overlay(options),
                [explanation.Network, explanation.Method.ToString(), explanation.Prediction.Probabilities[explanation.ClassId].ToString()],
                options.ColorBar ? new ColorBar(explanation, options.Opacity) : null,
                size)),
        ];
        var top = panels.Max(panel => panel.CaptionHeight);
        using var canvas = new PictureCanvas(panels.Sum(panel => panel.Width) + ((panels.Length + 1) * Gap), top + panels.Max(panel => panel.Height) + (2 * Gap));
        var left = Gap;
        foreach (var panel in panels)
        {
            panel.Draw(canvas, left, Gap, top);
            left += panel.Width + Gap;
        }

        return canvas.Encode();
    }

    /// <summary>Writes <see cref="EncodeSideBySide"/> to a file.</summary>
    /// <param name="explanations">Explanations of one image, at least one.</param>
    /// <param name="path">The PNG file; replaced where it exists.</param>
    /// <param name="options">How; the defaults where null.</param>
    /// <exception cref="ArgumentException">There is none, or they are of several images.</exception>
    /// <exception cref="CassInputException">An option is out of its range.</exception>
    /// <exception cref="CassException">No font is installed for the captions.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void SaveSideBySide(IReadOnlyList<Explanation> explanations, string path, OverlayOptions? options = null) => Save(path, EncodeSideBySide(explanations, options));

    private static void Save(string path, byte[] png)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        AtomicFile.Write(path, stream => stream.Write(png));
    }

    private static void RequireOneImage(IReadOnlyList<Explanation> explanations)
    {
        ArgumentNullException.ThrowIfNull(explanations);
        if (explanations.Count == 0)
        {
            throw new ArgumentException("There is no explanation to show.", nameof(explanations));
        }

        var (first, other) = (explanations[0], explanations.FirstOrDefault(explanation => !IsOfImage(explanation, explanations[0])));
        if (other is not null)
        {
            throw new ArgumentException($"Explanations beside each other are of one image, not of '{first.Prediction.Image}' and '{other.Prediction.Image}'.", nameof(explanations));
        }
    }

    private static bool IsOfImage(Explanation explanation, Explanation other) =>
        string.Equals(explanation.Prediction.Image, other.Prediction.Image, StringComparison.Ordinal)
        && (explanation.Image.Width, explanation.Image.Height) == (other.Image.Width, other.Image.Height);

    /// <summary>An image with lines of text above it and a bar beside it.</summary>
    private sealed class Panel(PixelImage image, IReadOnlyList<string> lines, ColorBar? bar, float size)
    {
        private readonly float lineHeight = size * 1.3f;

        public int Width { get; } = Math.Max(image.Width + (bar?.Width ?? 0), (int)Math.Ceiling(lines.Max(line => PictureCanvas.Measure(line, size))));

        public int Height => Math.Max(image.Height, bar?.Height ?? 0);

        public int CaptionHeight => (int)Math.Ceiling(lineHeight * (lines.Count + 0.3f));

        public void Draw(PictureCanvas canvas, int left, int top, int captionHeight)
        {
            for (var i = 0; i < lines.Count; i++)
            {
                canvas.Text(lines[i], left, top + size + (i * lineHeight), size);
            }

            canvas.Picture(image, left, top + captionHeight);
            bar?.Draw(canvas, left + image.Width, top + captionHeight);
        }
    }
}
