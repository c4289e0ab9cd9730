using Cass.Data;
using Xunit;

namespace Cass.Tests.Data.Transforms;

/// <summary>
/// The random parameters against the distributions that torchvision draws from. Seeds are fixed, so that a test either
/// always passes or never; the limits are those of a significance of about 1e-6.
/// </summary>
public sealed class RandomParameterTests
{
    private const int Draws = 40_000;

    [Fact]
    public void Color_factors_are_uniform_and_the_order_is_any_of_24()
    {
        var jitter = new ColorJitter(0.2, 0.4, 1.5, 0.1);
        var random = new Xoshiro256Random(1);
        var draws = Enumerable.Range(0, Draws).Select(_ => jitter.Draw(random)).ToArray();
        AssertUniform(draws.Select(d => d.Brightness), 0.8, 1.2);
        AssertUniform(draws.Select(d => d.Contrast), 0.6, 1.4);
        AssertUniform(draws.Select(d => d.Saturation), 0, 2.5);
        AssertUniform(draws.Select(d => d.Hue), -0.1, 0.1);
        AssertEquallyOften(draws.Select(d => string.Join(' ', d.Order)), 24);
    }

    [Fact]
    public void Affine_parameters_are_uniform()
    {
        var affine = new RandomAffine(10, (0.1, 0.2), (0.5, 2), (-5, 15), (0, 3));
        var random = new Xoshiro256Random(2);
        var draws = Enumerable.Range(0, Draws).Select(_ => affine.Draw(100, 40, random)).ToArray();
        AssertUniform(draws.Select(d => d.Angle), -10, 10);
        AssertUniform(draws.Select(d => d.Scale), 0.5, 2);
        AssertUniform(draws.Select(d => d.ShearX), -5, 15);
        AssertUniform(draws.Select(d => d.ShearY), 0, 3);

        // Rounded shifts: each whole number as often, half as often at both ends.
        Assert.Equal(Enumerable.Range(-10, 21), draws.Select(d => (int)d.TranslateX).Distinct().Order());
        AssertEquallyOften(draws.Where(d => Math.Abs(d.TranslateX) < 10).Select(d => (int)d.TranslateX), 19);
        AssertEquallyOften(draws.Where(d => Math.Abs(d.TranslateY) < 8).Select(d => (int)d.TranslateY), 15);
    }

    [Fact]
    public void Perspective_moves_each_corner_uniformly_inwards()
    {
        var perspective = new RandomPerspective(0.2, 0.4);
        var random = new Xoshiro256Random(3);
        var draws = Enumerable.Range(0, Draws).Select(_ => perspective.Draw(100, 61, random)).ToArray();
        AssertShare(draws.Count(d => d is not null), Draws, 0.4);
        var moved = draws.OfType<(int X, int Y)[]>().ToArray();

        // Half of 100 and 61 are 50 and 30: displacements 0…10 and 0…6.
        AssertEquallyOften(moved.Select(m => m[0].X), 11, least: 0);
        AssertEquallyOften(moved.Select(m => m[0].Y), 7, least: 0);
        AssertEquallyOften(moved.Select(m => m[1].X), 11, least: 89);
        AssertEquallyOften(moved.Select(m => m[1].Y), 7, least: 0);
        AssertEquallyOften(moved.Select(m => m[2].X), 11, least: 89);
        AssertEquallyOften(moved.Select(m => m[2].Y), 7, least: 54);
        AssertEquallyOften(moved.Select(m => m[3].X), 11, least: 0);
        AssertEquallyOften(moved.Select(m => m[3].Y), 7, least: 54);
    }

    [Fact]
    public void Resized_crops_have_uniform_areas_log_uniform_proportions_and_uniform_places()
    {
        var crop = new RandomResizedCrop(8, 8, (0.1, 0.3), (0.5, 2));
        var random = new Xoshiro256Random(4);
        const int Side = 4000;
        var draws = Enumerable.Range(0, Draws).Select(_ => crop.Draw(Side, Side, random)).ToArray();
        AssertUniform(draws.Select(d => (double)d.Height * d.Width / Side / Side), 0.1, 0.3, slack: 1e-3);
        AssertUniform(draws.Select(d => Math.Log((double)d.Width / d.Height)), Math.Log(0.5), Math.Log(2), slack: 1e-3);
        AssertUniform(draws.Select(d => (d.Top + 0.5) / (Side - d.Height + 1)), 0, 1, slack: 1e-3);
        AssertUniform(draws.Select(d => (d.Left + 0.5) / (Side - d.Width + 1)), 0, 1, slack: 1e-3);
    }

    [Fact]
    public void A_crop_that_never_fits_is_the_largest_one_in_the_middle()
    {
        var crop = new RandomResizedCrop(8, 8, (1, 1), (2, 2));
        Assert.Equal((25, 0, 50, 100), crop.Draw(100, 100, new Xoshiro256Random(5)));
        Assert.Equal((0, 25, 100, 50), new RandomResizedCrop(8, 8, (1, 1), (0.5, 0.5)).Draw(100, 100, new Xoshiro256Random(5)));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.3)]
    [InlineData(0.5)]
    [InlineData(1.0)]
    public void Steps_are_taken_as_often_as_their_probability_says(double probability)
    {
        var image = TestImages.Pattern(9, 9);
        IImageTransform[] transforms =
        [
            new RandomHorizontalFlip(probability),
            new RandomVerticalFlip(probability),
            new RandomSolarize(0, probability),
            new RandomGrayscale(probability),
            new RandomPerspective(0.2, probability),
            new RandomApply([new RandomHorizontalFlip(1)], probability),
        ];
        foreach (var transform in transforms)
        {
            var random = new Xoshiro256Random(6);
            AssertShare(Enumerable.Range(0, Draws).Count(_ => !ReferenceEquals(transform.Apply(image, random), image)), Draws, probability);
        }
    }

    [Fact]
    public void Parameters_out_of_range_are_refused_with_their_value()
    {
        AssertRefused("1.5", () => new RandomHorizontalFlip(1.5));
        AssertRefused("NaN", () => new RandomApply([], double.NaN));
        AssertRefused("-0.1", () => new ColorJitter(brightness: -0.1));
        AssertRefused("0.6", () => new ColorJitter(hue: 0.6));
        AssertRefused("1.1", () => new RandomPerspective(1.1));
        AssertRefused("361", () => new RandomAffine(361));
        AssertRefused("2 to 1", () => new RandomAffine(10, scale: (2, 1)));
        AssertRefused("1.5", () => new RandomResizedCrop(8, 8, (0.1, 1.5)));
        AssertRefused("8 pixels", () => new GaussianBlur(8));
        AssertRefused("257", () => new RandomSolarize(257));
        AssertRefused("0 high", () => new Resize(0, 5));
        AssertRefused("Resize", () => new ImagePipeline([new RandomHorizontalFlip()], ChannelStatistics.Half));
        AssertRefused("is 0", () => new ChannelStatistics([0.5], [0]));
        AssertRefused("the blue channel is 5E-324", () => new ChannelStatistics([0.5, 0.5, 0], [0.2, 0.2, double.Epsilon]));
        AssertRefused("the green channel is 1E-05", () => new ChannelStatistics([0.5, 0.5, 0.5], [0.2, 1e-5, 0.2]));
        AssertRefused("the grey channel is NaN", () => new ChannelStatistics([0.5], [double.NaN]));
        AssertRefused("Infinity", () => new ChannelStatistics([0.5], [double.PositiveInfinity]));
        AssertRefused("The mean of the red channel is NaN", () => new ChannelStatistics([double.NaN, 0, 0], [1, 1, 1]));
        AssertRefused("is 123.675", () => new ChannelStatistics([123.675, 116.28, 103.53], [58.395, 57.12, 57.375]));
        AssertRefused("2 and 3", () => new ChannelStatistics([0.5, 0.5], [1, 1, 1]));
    }

    private static void AssertRefused(string part, Func<object> create) =>
        Assert.Contains(part, Assert.Throws<CassInputException>(create).Message, StringComparison.Ordinal);

    /// <summary>Kolmogorov and Smirnov: the largest distance of the distribution functions times √n stays below 2.7.</summary>
    private static void AssertUniform(IEnumerable<double> values, double low, double high, double slack = 0)
    {
        double[] sorted = [.. values.Order()];
        Assert.InRange(sorted[0], low - slack, high);
        Assert.InRange(sorted[^1], low, high + slack);
        var distance = sorted.Select((v, i) =>
        {
            var expected = (v - low) / (high - low);
            return Math.Max(Math.Abs(expected - ((double)i / sorted.Length)), Math.Abs(expected - ((i + 1.0) / sorted.Length)));
        }).Max();
        Assert.True((distance - slack) * Math.Sqrt(sorted.Length) < 2.7, $"distance {distance}");
    }

    /// <summary>Pearson's χ² with k − 1 degrees of freedom stays below its mean plus about five standard deviations.</summary>
    private static void AssertEquallyOften<T>(IEnumerable<T> values, int outcomes, int? least = null)
        where T : notnull
    {
        var counts = values.GroupBy(v => v).ToDictionary(g => g.Key, g => g.Count());
        Assert.Equal(outcomes, counts.Count);
        if (least is { } first)
        {
            Assert.Equal(Enumerable.Range(first, outcomes), counts.Keys.Cast<int>().Order());
        }

        var expected = counts.Values.Sum() / (double)outcomes;
        var statistic = counts.Values.Sum(c => (c - expected) * (c - expected) / expected);
        Assert.True(statistic < outcomes - 1 + (6 * Math.Sqrt(2.0 * (outcomes - 1))), $"chi-square {statistic} for {outcomes} outcomes");
    }

    private static void AssertShare(int count, int of, double probability)
    {
        var limit = 5 * Math.Sqrt(probability * (1 - probability) * of);
        Assert.InRange(count, (probability * of) - limit, (probability * of) + limit);
    }
}
