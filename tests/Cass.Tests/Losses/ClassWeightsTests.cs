using Cass.Losses;
using Xunit;

namespace Cass.Tests.Losses;

public sealed class ClassWeightsTests
{
    [Fact]
    public void Min_max_scaled_counts_are_the_published_weights()
    {
        // glioma, meningioma, pituitary, notumor
        var weights = ClassWeights.MinMaxScaledCounts([1321, 1339, 1457, 1595]);
        double[] published = [0.2, 0.25255474452554744, 0.5970802919708029, 1.0];
        Assert.All(published.Zip(weights), pair => Assert.Equal(pair.First, pair.Second, 15));
    }

    [Fact]
    public void Equal_counts_weigh_alike() => Assert.Equal([1.0, 1.0], ClassWeights.MinMaxScaledCounts([7, 7]));

    [Fact]
    public void Inverse_frequency_keeps_the_weighted_number_of_samples()
    {
        int[] counts = [10, 30, 60];
        var weights = ClassWeights.InverseFrequency(counts);
        Assert.Equal([100 / 30.0, 100 / 90.0, 100 / 180.0], weights);
        Assert.Equal(100, counts.Zip(weights).Sum(pair => pair.First * pair.Second), 10);
    }

    [Fact]
    public void Effective_number_lies_between_equal_weights_and_the_inverse_frequency()
    {
        int[] counts = [10, 30, 60];
        Assert.Equal([1.0, 1.0, 1.0], ClassWeights.EffectiveNumber(counts, beta: 0));
        var nearly = ClassWeights.EffectiveNumber(counts, beta: 1 - 1e-9);
        Assert.Equal(6, nearly[0] / nearly[2], 4);
        Assert.Equal(1, nearly.Average(), 12);
    }

    [Fact]
    public void A_class_without_samples_cannot_be_weighed_by_its_inverse()
    {
        var message = Assert.Throws<CassInputException>(() => ClassWeights.InverseFrequency([5, 0])).Message;
        Assert.Contains("Class 1", message, StringComparison.Ordinal);
    }
}
