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

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    public void A_channel_that_is_the_same_everywhere_is_named_and_becomes_zero(byte blue)
    {
        var images = Fluorescence(4, blue);
        var statistics = ImageStatistics.Measure(images, 8, 8);
        Assert.Equal(1, statistics.Channels.Std[2]);
        Assert.InRange(statistics.Channels.Std[0], 0.01, 0.5);
        var warning = Assert.Single(statistics.Warnings);
        Assert.Contains("The blue channel is the same", warning, StringComparison.Ordinal);
        Assert.Contains($"{blue} of 255", warning, StringComparison.Ordinal);

        var pipeline = CassTransforms.Validation(8, 8, statistics.Channels);
        var values = new float[pipeline.OutputLength];
        pipeline.Apply(images[0].Decode(), Random.Shared, values);
        Assert.All(values[..128], value => Assert.True(float.IsFinite(value)));
        Assert.All(values[128..], value => Assert.Equal(0f, value, 1e-6f));
    }

    [Fact]
    public void A_channel_that_is_nearly_the_same_is_named_too()
    {
        IImageSource[] images = [.. Fluorescence(4, 0), TestPixel(100, 100, blue: 1)];
        var statistics = ImageStatistics.Measure(images, 100, 100);
        Assert.Equal(1, statistics.Channels.Std[2]);
        Assert.Contains("blue channel is nearly the same", Assert.Single(statistics.Warnings), StringComparison.Ordinal);
        Assert.Empty(ImageStatistics.Measure(TestImages.Dataset(4).Images, 8, 8).Warnings);
    }

    private static IImageSource[] Fluorescence(int count, byte blue) =>
    [
        .. Enumerable.Range(0, count).Select(seed =>
        {
            var image = TestImages.Pattern(10, 10, 3, seed);
            for (var i = 2; i < image.Pixels.Length; i += 3)
            {
                image.Pixels[i] = blue;
            }

            return new EncodedImage(TestImages.Encode(image), $"cell {seed}");
        }),
    ];

    /// <summary>Black, but for one pixel.</summary>
    private static RawImage TestPixel(int width, int height, byte blue)
    {
        var pixels = new byte[width * height * 3];
        pixels[2] = blue;
        return RawImage.FromBytes("one pixel", width, height, () => pixels, channels: 3);
    }

    [Fact]
    public void Nothing_to_measure_and_bad_images_are_refused()
    {
        Assert.Throws<CassInputException>(() => ImageStatistics.Measure([], 8, 8));
        var error = Assert.Throws<UnreadableImageException>(() => ImageStatistics.Measure([new ImageFile("nowhere.png")], 8, 8));
        Assert.Contains("nowhere.png", error.Message, StringComparison.Ordinal);
    }
}
