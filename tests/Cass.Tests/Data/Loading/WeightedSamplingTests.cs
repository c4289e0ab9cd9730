using Cass.Data;
using Xunit;

namespace Cass.Tests.Data.Loading;

public sealed class WeightedSamplingTests
{
    [Fact]
    public void Images_come_up_in_proportion_to_their_weights()
    {
        double[] weights = [0, 1, 0, 2, 5, 0];
        using var loader = new ImageLoader(TestImages.Dataset(6), CassTransforms.Validation(4, 4), new ImageLoaderOptions { SamplingWeights = weights });
        const int Epochs = 20_000;
        var counts = new int[6];
        for (var epoch = 1; epoch <= Epochs; epoch++)
        {
            foreach (var index in loader.OrderOf(epoch))
            {
                counts[index]++;
            }
        }

        Assert.Equal([0, 0, 0], [counts[0], counts[2], counts[5]]);
        for (var i = 0; i < 6; i++)
        {
            var (n, p) = (6.0 * Epochs, weights[i] / 8);
            Assert.InRange(counts[i], (n * p) - (5 * Math.Sqrt(n * p * (1 - p))), (n * p) + (5 * Math.Sqrt(n * p * (1 - p))));
        }
    }

    [Fact]
    public void Repeated_images_are_augmented_anew()
    {
        using var loader = new ImageLoader(TestImages.Dataset(8, 24, 24), CassTransforms.Training(16, 16), new ImageLoaderOptions { BatchSize = 8, SamplingWeights = [1, 0, 0, 0, 0, 0, 0, 0] });
        using var batch = loader.ReadEpoch(1).Single();
        Assert.All(batch.Indices, i => Assert.Equal(0, i));
        Assert.True(batch.Images.data<float>().ToArray().Chunk(3 * 256).Select(c => string.Join(',', c)).Distinct().Count() > 3);
    }

    [Fact]
    public void Class_weights_become_weights_of_images()
    {
        var builder = new ImageDatasetBuilder(new LabelMap(["a", "b", "c"]), multiLabel: true);
        foreach (var labels in (string[][])[["a"], ["b", "c"], []])
        {
            builder.Add(new ImageFile("x.png"), labels);
        }

        Assert.Equal([3.0, 1.0, 0.0], builder.Build().SamplingWeights([3, 0.5, 1.5]));
    }

    [Theory]
    [InlineData(new double[] { 1, 1 }, "2 sampling weights for 3 images")]
    [InlineData(new double[] { 1, -1, 1 }, "is -1")]
    [InlineData(new double[] { 1, double.NaN, 1 }, "NaN")]
    [InlineData(new double[] { 0, 0, 0 }, "add up to 0")]
    public void Weights_that_make_no_sense_are_refused(double[] weights, string part)
    {
        var error = Assert.Throws<CassInputException>(() => new ImageLoader(TestImages.Dataset(3), CassTransforms.Validation(4, 4), new ImageLoaderOptions { SamplingWeights = weights }));
        Assert.Contains(part, error.Message, StringComparison.Ordinal);
    }
}
