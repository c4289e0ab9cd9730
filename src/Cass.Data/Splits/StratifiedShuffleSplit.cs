namespace Cass.Data;

/// <summary>
/// A random split that keeps the shares of the classes, equal to the index to scikit-learn's
/// <c>train_test_split(…, stratify=labels)</c> and <c>StratifiedShuffleSplit</c> with <c>random_state=seed</c>.
/// </summary>
public static class StratifiedShuffleSplit
{
    /// <summary>Splits positions at random, class by class.</summary>
    /// <param name="labels">The class of every item.</param>
    /// <param name="testFraction">Share of the test part, in (0, 1); its size is rounded up.</param>
    /// <param name="seed">Seed, from 0 to 2³² − 1.</param>
    /// <param name="classNames">What the classes are called in errors, by their number; null to name the numbers.</param>
    /// <returns>The two parts in scikit-learn's random order.</returns>
    /// <exception cref="CassInputException">The fraction is out of range, a class has one item only, or a part is smaller than the number of classes.</exception>
    public static IndexSplit Split(IReadOnlyList<int> labels, double testFraction, long seed, IReadOnlyList<string>? classNames = null)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var (train, test) = ShuffleSplit.Sizes(labels.Count, testFraction, seed);
        return Draw(labels, train, test, seed, classNames);
    }

    internal static IndexSplit Draw(IReadOnlyList<int> labels, int trainCount, int testCount, long seed, IReadOnlyList<string>? classNames = null)
    {
        var members = MembersOfClasses(labels);
        if (members.FirstOrDefault(m => m.Count < 2) is { } lonely)
        {
            var id = labels[lonely[0]];
            throw new CassInputException(
                $"The class '{classNames?[id] ?? $"{id}"}' has a single image among the {labels.Count:N0} that are split; a stratified split needs at least 2 of every class. Add images of the class, leave it out (with {nameof(ImageDataset)}.{nameof(ImageDataset.Where)}), or split without stratification (stratify: false).");
        }

        if (trainCount < members.Count || testCount < members.Count)
        {
            throw new CassInputException(
                $"A stratified split into {trainCount} and {testCount} images is too small for {members.Count} classes; both parts need at least {members.Count}, one of each class. Give more images or another fraction, or split without stratification (stratify: false).");
        }

        var random = MersenneTwister.NumPy((uint)seed);
        int[] counts = [.. members.Select(m => m.Count)];
        var trainCounts = ApproximateMode(counts, trainCount, random);
        var testCounts = ApproximateMode([.. counts.Zip(trainCounts, (all, taken) => all - taken)], testCount, random);
        var (train, test) = (new List<int>(trainCount), new List<int>(testCount));
        for (var c = 0; c < members.Count; c++)
        {
            var permutation = random.Permutation(counts[c]);
            train.AddRange(permutation.Take(trainCounts[c]).Select(i => members[c][i]));
            test.AddRange(permutation.Skip(trainCounts[c]).Take(testCounts[c]).Select(i => members[c][i]));
        }

        int[] trainIndices = [.. train];
        int[] testIndices = [.. test];
        random.Shuffle(trainIndices);
        random.Shuffle(testIndices);
        return new IndexSplit(trainIndices, testIndices);
    }

    /// <summary>The positions of each class, classes in ascending order.</summary>
    internal static List<List<int>> MembersOfClasses(IReadOnlyList<int> labels)
    {
        var classes = new SortedDictionary<int, List<int>>();
        for (var i = 0; i < labels.Count; i++)
        {
            if (!classes.TryGetValue(labels[i], out var list))
            {
                classes[labels[i]] = list = [];
            }

            list.Add(i);
        }

        return [.. classes.Values];
    }

    /// <summary>
    /// How many to draw of each class: the mode of the multivariate hypergeometric distribution, ties broken at
    /// random, as scikit-learn's <c>_approximate_mode</c> finds it.
    /// </summary>
    private static int[] ApproximateMode(int[] counts, int draws, MersenneTwister random)
    {
        double total = counts.Sum();
        double[] exact = [.. counts.Select(c => c / total * draws)];
        int[] result = [.. exact.Select(e => (int)Math.Floor(e))];
        var missing = draws - result.Sum();
        double[] remainders = [.. exact.Select(e => e - Math.Floor(e))];
        foreach (var remainder in remainders.Distinct().OrderDescending())
        {
            if (missing <= 0)
            {
                break;
            }

            int[] tied = [.. Enumerable.Range(0, counts.Length).Where(c => remainders[c].Equals(remainder))];
            var take = Math.Min(tied.Length, missing);
            foreach (var choice in random.Permutation(tied.Length).Take(take))
            {
                result[tied[choice]]++;
            }

            missing -= take;
        }

        return result;
    }
}
