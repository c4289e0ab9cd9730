using Cass.Explain;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Explain;

public sealed class RelevanceMapTests
{
    private static readonly RelevanceMap Map = new(2, 3, [-2, 0, 1, 3, -1, 4]);

    [Fact]
    public void Its_numbers_stand_row_by_row()
    {
        Assert.Equal((2, 3), (Map.Height, Map.Width));
        Assert.Equal(3, Map[1, 0]);
        Assert.Equal((1, 2), Map.Hottest);
        Assert.Equal((0, 1), new RelevanceMap(1, 3, [1, 5, 5]).Hottest);
        Assert.Throws<ArgumentOutOfRangeException>(() => Map[0, 3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => Map[-1, 0]);
    }

    [Fact]
    public void The_share_within_a_region_is_of_the_positive_numbers()
    {
        Assert.Equal(3.0 / 8, Map.ShareWithin([true, true, false, true, true, false]), 1e-9);
        Assert.Equal(0.25, new RelevanceMap(2, 2, [7, 7, 7, 7]).ShareWithin([false, true, false, false]), 1e-9);
        Assert.Equal(0, new RelevanceMap(1, 2, [-1, 0]).ShareWithin([true, true]));
        Assert.Contains("has 6", Assert.Throws<ArgumentException>(() => Map.ShareWithin([true])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(6, 9)]
    [InlineData(5, 4)]
    [InlineData(40, 31)]
    [InlineData(3, 2)]
    [InlineData(7, 8)]
    public void Heat_has_the_size_that_is_asked_for_as_PyTorch_interpolates(int height, int width)
    {
        using var scope = NewDisposeScope();
        var values = rand(7, 8).sub(0.3);
        var map = new RelevanceMap(7, 8, values.data<float>().ToArray());
        var expected = nn.functional.interpolate(values.clamp(min: 0).view(1, 1, 7, 8), [height, width], mode: InterpolationMode.Bilinear, align_corners: false, antialias: true).flatten();
        expected /= expected.max();

        var heat = map.ToHeat(height, width);

        Assert.Equal((height, width), (heat.Height, heat.Width));
        Assert.Equal(1, heat.Values.ToArray().Max());
        Assert.All(expected.data<float>().ToArray().Zip(heat.Values.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Fact]
    public void Where_nothing_is_positive_there_is_no_heat() =>
        Assert.All(new RelevanceMap(2, 2, [-1, -2, 0, -3]).ToHeat(5, 4).Values.ToArray(), value => Assert.Equal(0, value));

    [Fact]
    public void Numbers_that_are_missing_or_not_finite_are_refused()
    {
        Assert.Contains("has 4 numbers, not 3", Assert.Throws<ArgumentException>(() => new RelevanceMap(2, 2, [1, 2, 3])).Message, StringComparison.Ordinal);
        Assert.Contains("NaN in row 1, column 0", Assert.Throws<ArgumentException>(() => new RelevanceMap(2, 2, [1, 2, float.NaN, 3])).Message, StringComparison.Ordinal);
    }
}
