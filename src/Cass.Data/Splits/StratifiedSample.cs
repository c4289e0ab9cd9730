namespace Cass.Data;

/// <summary>
/// A random sample without replacement that keeps the shares of the classes, equal to the index to the train part of
/// scikit-learn's <c>train_test_split(…, train_size=size, stratify=labels, random_state=seed)</c>.
/// </summary>
public static class StratifiedSample
{
    /// <summary>Draws positions class by class.</summary>
    /// <param name="labels">The class of every item.</param>
    /// <param name="size">How many to draw: at least as many as there are classes, and at least as many fewer than there are items, or all.</param>
    /// <param name="seed">Seed, from 0 to 2³² − 1.</param>
    /// <param name="classNames">What the classes are called in errors, by their number; null to name the numbers.</param>
    /// <returns>The positions drawn, in scikit-learn's random order; all of them in their own order.</returns>
    /// <exception cref="CassInputException">The size is out of range, or a class has one item only.</exception>
    public static IReadOnlyList<int> Draw(IReadOnlyList<int> labels, int size, long seed, IReadOnlyList<string>? classNames = null)
    {
        ArgumentNullException.ThrowIfNull(labels);
        SplitArguments.CheckSeed(seed);
        if (size == labels.Count)
        {
            return [.. Enumerable.Range(0, size)];
        }

        return StratifiedShuffleSplit.Draw(labels, size, labels.Count - size, seed, classNames).Train;
    }
}
