using Cass.Data;
using Xunit;

namespace Cass.Tests.Data.Splits;

public sealed class SeedRangeTests
{
    [Theory]
    [InlineData(-1)]
    [InlineData(1L << 32)]
    [InlineData(long.MaxValue)]
    public void A_seed_that_NumPy_does_not_take_is_refused_with_the_range(long seed)
    {
        var images = ImageDataset.FromImages(Enumerable.Range(0, 8).Select(i => (IImageSource)new ImageFile($"{i}.png")));
        Action[] splits =
        [
            () => images.Split(0.5, seed),
            () => images.KFolds(2, seed),
            () => StratifiedKFold.Split([0, 0, 1, 1], 2, seed),
            () => StratifiedShuffleSplit.Split([0, 0, 1, 1], 0.5, seed),
            () => StratifiedSample.Draw([0, 0, 1, 1], 2, seed),
            () => GroupShuffleSplit.Split([0, 0, 1, 1], 0.5, seed),
            () => StratifiedGroupShuffleSplit.Split([0, 1, 2, 3], [0, 0, 1, 1], 0.5, seed),
        ];
        Assert.All(splits, split => Assert.Contains($"{seed}; it must be from 0 to 4294967295", Assert.Throws<CassInputException>(split).Message, StringComparison.Ordinal));
    }
}
