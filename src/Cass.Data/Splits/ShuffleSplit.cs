namespace Cass.Data;

/// <summary>
/// A random split of positions 0…n − 1, equal to the index to scikit-learn's <c>train_test_split</c> and
/// <c>ShuffleSplit</c> with <c>random_state=seed</c>.
/// </summary>
public static class ShuffleSplit
{
    /// <summary>Splits positions at random.</summary>
    /// <param name="count">Number of items, at least 2.</param>
    /// <param name="testFraction">Share of the test part, in (0, 1); its size is rounded up.</param>
    /// <param name="seed">Seed, from 0 to 2³² − 1.</param>
    /// <returns>The two parts in scikit-learn's random order.</returns>
    /// <exception cref="CassInputException">The fraction is out of range, or leaves a part empty.</exception>
    public static IndexSplit Split(int count, double testFraction, long seed)
    {
        var (train, test) = Sizes(count, testFraction, seed);
        var permutation = MersenneTwister.NumPy((uint)seed).Permutation(count);
        return new IndexSplit(permutation[test..(test + train)], permutation[..test]);
    }

    internal static (int Train, int Test) Sizes(int count, double testFraction, long seed, string items = "images")
    {
        SplitArguments.CheckSeed(seed);
        if (!(testFraction > 0 && testFraction < 1))
        {
            throw new CassInputException($"The test fraction is {testFraction}; it must lie between 0 and 1, such as 0.2.");
        }

        var test = (int)Math.Ceiling(testFraction * count);
        var train = count - test;
        if (train < 1 || test < 1)
        {
            throw new CassInputException($"A test fraction of {testFraction} of {count} {items} leaves {train} to train on and {test} to test on; both parts need at least one.");
        }

        return (train, test);
    }
}
