using System.Globalization;
using SkiaSharp;

namespace Cass.Data;

/// <summary>Pictures of a dataset for its first exploration, as PNG files.</summary>
public static class DatasetCharts
{
    private const int Width = 900;
    private const int Height = 560;

    /// <summary>A pie of the classes: name, number and share of each.</summary>
    /// <param name="path">The PNG file; replaced where it exists.</param>
    /// <param name="dataset">Labelled images.</param>
    /// <param name="title">Title of the chart.</param>
    /// <exception cref="CassInputException">The images have no labels.</exception>
    public static void SaveClassPie(string path, ImageDataset dataset, string title)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        SavePie(path, title, [.. dataset.Labels.Names.Select((name, id) => (name, dataset.ClassCounts[id]))]);
    }

    /// <summary>A pie of the parts of a split: name, number and share of each.</summary>
    /// <param name="path">The PNG file; replaced where it exists.</param>
    /// <param name="parts">The parts by name.</param>
    /// <param name="title">Title of the chart.</param>
    public static void SaveSplitPie(string path, IReadOnlyList<(string Name, ImageDataset Images)> parts, string title)
    {
        ArgumentNullException.ThrowIfNull(parts);
        SavePie(path, title, [.. parts.Select(part => (part.Name, part.Images.Count))]);
    }

    /// <summary>The histogram of grey levels of each channel, on a logarithmic scale, with mean and standard deviation.</summary>
    /// <param name="path">The PNG file; replaced where it exists.</param>
    /// <param name="statistics">The measured statistics.</param>
    /// <param name="title">Title of the chart.</param>
    public static void SaveIntensityHistogram(string path, ImageStatistics statistics, string title)
    {
        ArgumentNullException.ThrowIfNull(statistics);
        using var chart = new ChartCanvas(Width, Height, title);
        var area = new SKRect(90, 60, Width - 30, Height - 70);
        var most = Math.Log10(Enumerable.Range(0, 3).Max(c => statistics.HistogramOf(c).Max()) + 1.0);
        for (var power = 0; power <= most; power++)
        {
            var y = area.Bottom - (float)(power / most * area.Height);
            chart.Line(area.Left, y, area.Right, y, new SKColor(0xdd, 0xdd, 0xdd));
            chart.Text($"1e{power}", area.Left - 10, y + 5, 13, SKTextAlign.Right);
        }

        foreach (var level in (int[])[0, 64, 128, 192, 255])
        {
            chart.Text(level.ToString(CultureInfo.InvariantCulture), X(area, level), area.Bottom + 22, 13, SKTextAlign.Center);
        }

        SKColor[] colors = [new(0xd0, 0x20, 0x20), new(0x20, 0xa0, 0x20), new(0x20, 0x40, 0xd0)];
        string[] names = ["red", "green", "blue"];
        for (var c = 0; c < 3; c++)
        {
            var histogram = statistics.HistogramOf(c);
            for (var level = 1; level < 256; level++)
            {
                // Channels of grey images lie on top of each other; the shift keeps all three in sight.
                var shift = c - 1;
                chart.Line(
                    X(area, level - 1) + shift,
                    Y(area, histogram[level - 1], most) + shift,
                    X(area, level) + shift,
                    Y(area, histogram[level], most) + shift,
                    colors[c],
                    1.5f);
            }

            chart.Text(
                string.Create(CultureInfo.InvariantCulture, $"{names[c]}: mean {statistics.Channels.Mean[c]:0.0000}, std {statistics.Channels.Std[c]:0.0000}"),
                area.Right - 10,
                area.Top + 22 + (20 * c),
                14,
                SKTextAlign.Right,
                colors[c]);
        }

        chart.Text($"grey level; pixels of {statistics.Images} images", Width / 2f, Height - 16, 14, SKTextAlign.Center);
        chart.Save(path);
    }

    /// <summary>A grid of images: each in its own row, first as it is, then augmented several times.</summary>
    /// <param name="path">The PNG file; replaced where it exists.</param>
    /// <param name="images">The images, such as a sample of the dataset; one row each, 12 at the most.</param>
    /// <param name="pipeline">The augmentation.</param>
    /// <param name="augmented">Number of augmented images in a row, 1 to 12.</param>
    /// <param name="seed">Seed of the augmentation.</param>
    /// <param name="title">Title of the chart.</param>
    /// <exception cref="CassInputException">There are too few or too many images or columns; or one cannot be read.</exception>
    public static void SaveAugmentationGrid(string path, IReadOnlyList<IImageSource> images, ImagePipeline pipeline, int augmented = 6, long seed = 77, string title = "Before and after augmentation")
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(pipeline);
        if (images.Count is < 1 or > 12 || augmented is < 1 or > 12)
        {
            throw new CassInputException($"A grid of {images.Count} rows with {augmented} augmented images each cannot be drawn; both must lie between 1 and 12.");
        }

        const int Cell = 140;
        const int Gap = 8;
        const int Top = 74;
        using var chart = new ChartCanvas((Cell + Gap) * (augmented + 1) + Gap, Top + ((Cell + Gap) * images.Count), title);
        chart.Text("original", Gap + (Cell / 2f), Top - 10, 13, SKTextAlign.Center);
        var random = new Xoshiro256Random();
        for (var row = 0; row < images.Count; row++)
        {
            var source = SourceReading.Pixels(images[row]);
            var y = Top + (row * (Cell + Gap));
            chart.Picture(source, SKRect.Create(Gap, y, Cell, Cell));
            for (var column = 1; column <= augmented; column++)
            {
                random.Reseed((ulong)seed, (ulong)row, (ulong)column);
                chart.Picture(pipeline.Transform(source, random), SKRect.Create(Gap + (column * (Cell + Gap)), y, Cell, Cell));
            }
        }

        chart.Save(path);
    }

    private static void SavePie(string path, string title, (string Name, int Count)[] slices)
    {
        var total = slices.Sum(s => (long)s.Count);
        if (total == 0)
        {
            throw new CassInputException($"The chart '{title}' has nothing to show: all counts are 0.");
        }

        using var chart = new ChartCanvas(Width, Math.Max(Height, 120 + (26 * slices.Length)), title);
        var angle = -90f;
        for (var i = 0; i < slices.Length; i++)
        {
            var (name, count) = slices[i];
            var sweep = 360f * count / total;
            chart.Wedge(new SKPoint(290, 310), 210, angle, sweep, ChartCanvas.Color(i));
            if (sweep >= 14)
            {
                var middle = (angle + (sweep / 2)) * MathF.PI / 180;
                chart.Text($"{100.0 * count / total:0.0} %", 290 + (140 * MathF.Cos(middle)), 315 + (140 * MathF.Sin(middle)), 16, SKTextAlign.Center, SKColors.White);
            }

            chart.Fill(SKRect.Create(560, 110 + (26 * i), 16, 16), ChartCanvas.Color(i));
            chart.Text($"{name}: {count} ({100.0 * count / total:0.0} %)", 586, 123 + (26 * i), 15);
            angle += sweep;
        }

        chart.Text($"{total} in all", 560, 90, 15);
        chart.Save(path);
    }

    private static float X(SKRect area, int level) => area.Left + (level / 255f * area.Width);

    private static float Y(SKRect area, long count, double most) => area.Bottom - (float)(Math.Log10(count + 1.0) / most * area.Height);
}
