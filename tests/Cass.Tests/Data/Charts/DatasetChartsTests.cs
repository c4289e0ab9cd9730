using Cass.Data;
using SkiaSharp;
using Xunit;

namespace Cass.Tests.Data.Charts;

public sealed class DatasetChartsTests
{
    [Fact]
    public void Charts_are_drawn_in_proportion()
    {
        Assert.SkipWhen(SKFontManager.Default.FontFamilyCount == 0, "No fonts are installed.");
        using var folder = new TemporaryFolder();
        var dataset = ImageDataset.FromImages(Enumerable.Range(0, 40).Select(i => ((IImageSource)new ImageFile($"{i}.png"), i < 30 ? "a" : "b")));
        DatasetCharts.SaveClassPie(folder["classes.png"], dataset, "Training classes");
        using var pie = SKBitmap.Decode(folder["classes.png"]);
        var counts = pie.Pixels.GroupBy(p => p).ToDictionary(g => g.Key, g => g.Count());
        Assert.Equal(3.0, (double)counts[new SKColor(0x00, 0x72, 0xb2)] / counts[new SKColor(0xe6, 0x9f, 0x00)], 0.2);
        var (train, test) = dataset.Split();
        DatasetCharts.SaveSplitPie(folder["split.png"], [("train", train), ("test", test)], "Split");
        var images = TestImages.Dataset(4, 40, 40);
        DatasetCharts.SaveIntensityHistogram(folder["histogram.png"], ImageStatistics.Measure(images.Images, 32, 32), "Intensities");
        DatasetCharts.SaveAugmentationGrid(folder["grid.png"], images.Images, CassTransforms.Training(64, 64));
        foreach (var name in (string[])["split.png", "histogram.png", "grid.png"])
        {
            using var chart = SKBitmap.Decode(folder[name]);
            Assert.True(chart.Pixels.Distinct().Count() > 20, name);
        }
    }

    [Fact]
    public void Nothing_to_draw_is_refused()
    {
        var empty = TestImages.Dataset(4).Where(_ => false);
        Assert.Throws<CassInputException>(() => DatasetCharts.SaveClassPie("x.png", empty, "x"));
        Assert.Throws<CassInputException>(() => DatasetCharts.SaveAugmentationGrid("x.png", [], CassTransforms.Training(8, 8)));
        Assert.False(File.Exists("x.png"));
    }
}
