namespace Cass.Data;

/// <summary>K-fold cross-validation that keeps the shares of the classes, equal to the index to scikit-learn's <c>StratifiedKFold</c>.</summary>
public static class StratifiedKFold
{
    /// <summary>Divides positions into folds, each of which is the test part once.</summary>
    /// <param name="labels">The class of every item.</param>
    /// <param name="folds">Number of folds, at least 2 and at most the number of items of the largest class.</param>
    /// <param name="seed">Seed to shuffle within the classes with, from 0 to 2³² − 1; null leaves the items in order.</param>
    /// <returns>One split per fold, positions ascending.</returns>
    /// <exception cref="CassInputException">The number of folds is out of range.</exception>
    public static IReadOnlyList<IndexSplit> Split(IReadOnlyList<int> labels, int folds, long? seed = null)
    {
        ArgumentNullException.ThrowIfNull(labels);

        // scikit-learn numbers the classes by their first appearance.
        List<int>[] members = [.. StratifiedShuffleSplit.MembersOfClasses(labels).OrderBy(m => m[0])];
        var largest = members.Length == 0 ? 0 : members.Max(m => m.Count);
        SplitArguments.CheckFolds(folds, largest, "images of the largest class");
        MersenneTwister? random = null;
        if (seed is { } value)
        {
            SplitArguments.CheckSeed(value);
            random = MersenneTwister.NumPy((uint)value);
        }

        // Dealing the sorted labels out like cards tells how many items of each class every fold gets.
        var allocation = new int[folds, members.Length];
        var position = 0;
        for (var c = 0; c < members.Length; c++)
        {
            for (var i = 0; i < members[c].Count; i++)
            {
                allocation[position++ % folds, c]++;
            }
        }

        var foldOf = new int[labels.Count];
        for (var c = 0; c < members.Length; c++)
        {
            int[] assigned = [.. Enumerable.Range(0, folds).SelectMany(fold => Enumerable.Repeat(fold, allocation[fold, c]))];
            random?.Shuffle(assigned);
            for (var i = 0; i < assigned.Length; i++)
            {
                foldOf[members[c][i]] = assigned[i];
            }
        }

        return KFold.FromAssignment(foldOf, folds);
    }
}
