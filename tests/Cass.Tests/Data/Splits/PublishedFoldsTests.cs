using Cass.Data;
using Xunit;

namespace Cass.Tests.Data.Splits;

/// <summary>The folds of the authors' first release, whose notebook prints them.</summary>
public sealed class PublishedFoldsTests
{
    [Theory]
    [InlineData(0, new[] { 28, 34, 38, 42, 43 }, new[] { 5655, 5667, 5674, 5684, 5692 }, 1687332426)]
    [InlineData(1, new[] { 4, 7, 9, 11, 27 }, new[] { 5700, 5701, 5707, 5709, 5711 }, 1726382819)]
    [InlineData(2, new[] { 0, 6, 26, 41, 45 }, new[] { 5678, 5703, 5704, 5705, 5706 }, 1748857861)]
    [InlineData(3, new[] { 8, 12, 14, 15, 16 }, new[] { 5688, 5689, 5697, 5708, 5710 }, 1754496360)]
    [InlineData(4, new[] { 2, 18, 21, 24, 25 }, new[] { 5661, 5664, 5694, 5695, 5702 }, 1735279961)]
    [InlineData(5, new[] { 1, 3, 5, 10, 13 }, new[] { 5683, 5686, 5690, 5696, 5698 }, 1706119092)]
    public void Six_folds_of_the_training_images_are_the_printed_ones(int fold, int[] first, int[] last, long sumOfPositionTimesIndex)
    {
        var (train, validation) = KFold.Split(5712, 6, seed: 77)[fold];
        Assert.Equal((4760, 952), (train.Count, validation.Count));
        Assert.Equal(first, validation.Take(5));
        Assert.Equal(last, validation.TakeLast(5));
        Assert.Equal(sumOfPositionTimesIndex, validation.Select((index, position) => (position + 1L) * index).Sum());
    }
}
