namespace Cass.Data;

/// <summary>K-fold cross-validation, equal to the index to scikit-learn's <c>KFold</c>.</summary>
public static class KFold
{
    /// <summary>Divides positions into folds, each of which is the test part once.</summary>
    /// <param name="count">Number of items.</param>
    /// <param name="folds">Number of folds, from 2 to <paramref name="count"/>.</param>
    /// <param name="seed">Seed to shuffle with, from 0 to 2³² − 1; null leaves the items in order.</param>
    /// <returns>One split per fold, positions ascending.</returns>
    /// <exception cref="CassInputException">The number of folds is out of range.</exception>
    public static IReadOnlyList<IndexSplit> Split(int count, int folds, long? seed = null)
    {
        SplitArguments.CheckFolds(folds, count, "images");
        int[] order = [.. Enumerable.Range(0, count)];
        if (seed is { } value)
        {
            SplitArguments.CheckSeed(value);
            MersenneTwister.NumPy((uint)value).Shuffle(order);
        }

        var foldOf = new int[count];
        var start = 0;
        for (var fold = 0; fold < folds; fold++)
        {
            var size = (count / folds) + (fold < count % folds ? 1 : 0);
            foreach (var index in order.AsSpan(start, size))
            {
                foldOf[index] = fold;
            }

            start += size;
        }

        return FromAssignment(foldOf, folds);
    }

    internal static IReadOnlyList<IndexSplit> FromAssignment(int[] foldOf, int folds) =>
    [
        .. Enumerable.Range(0, folds).Select(fold => new IndexSplit(
            [.. Enumerable.Range(0, foldOf.Length).Where(i => foldOf[i] != fold)],
            [.. Enumerable.Range(0, foldOf.Length).Where(i => foldOf[i] == fold)])),
    ];
}
