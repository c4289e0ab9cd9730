using Cass.Data;
using Xunit;

namespace Cass.Tests.Data.Statistics;

public sealed class ImageStatisticsTests
{
    [Fact]
    public void Mean_and_deviation_are_those_of_all_pixels()
    {
        var dataset = TestImages.Dataset(7, 15, 11);
        var statistics = ImageStatistics.Measure(dataset.Images, 13, 17, workers: 2);
        var pixels = dataset.Images.Select(i => i.Decode()).Select(i => i.Channels == 1 ? TestImages.ToRgb(i) : i).SelectMany(i => ImageResampling.Resize(i, 13, 17).Pixels).ToArray();
        Assert.Equal(7, statistics.Images);
        Assert.Equal(7 * 13 * 17, statistics.Pixels);
        for (var c = 0; c < 3; c++)
        {
            double[] values = [.. pixels.Where((_, i) => i % 3 == c).Select(p => p / 255.0)];
            var mean = values.Average();
            Assert.Equal(mean, statistics.Channels.Mean[c], 1e-12);
            Assert.Equal(Math.Sqrt(values.Average(v => (v - mean) * (v - mean))), statistics.Channels.Std[c], 1e-12);
            Assert.Equal(values.Length, statistics.HistogramOf(c).Sum());
        }
    }

    [Fact]
    public void The_brain_MRI_gives_the_figures_of_NumPy()
    {
        var folder = Environment.GetEnvironmentVariable("CASS_BRAIN_MRI");
        Assert.SkipWhen(string.IsNullOrEmpty(folder), "The environment variable CASS_BRAIN_MRI does not name the folder of the brain MRI training images.");
        var dataset = ImageFolder.Read(folder!);
        Assert.SkipUnless(dataset.Count == 5708, $"'{folder}' holds {dataset.Count} images, not the 5,708 that the figures are of.");
        var statistics = ImageStatistics.Measure(dataset.Images, 384, 384);
        Assert.Equal(5708L * 384 * 384, statistics.Pixels);
        double[] mean = [0.18557884723394155, 0.18558185316830547, 0.18562585802473125];
        double[] std = [0.19999609125496856, 0.1999967117383718, 0.20002862677892186];
        for (var c = 0; c < 3; c++)
        {
            Assert.Equal(mean[c], statistics.Channels.Mean[c], 1e-6);
            Assert.Equal(std[c], statistics.Channels.Std[c], 1e-6);
        }
    }

    [Fact]
    public void Nothing_to_measure_and_bad_images_are_refused()
    {
        Assert.Throws<CassInputException>(() => ImageStatistics.Measure([], 8, 8));
        var error = Assert.Throws<UnreadableImageException>(() => ImageStatistics.Measure([new ImageFile("nowhere.png")], 8, 8));
        Assert.Contains("nowhere.png", error.Message, StringComparison.Ordinal);
    }
}
