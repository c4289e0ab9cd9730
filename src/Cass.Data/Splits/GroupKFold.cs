namespace Cass.Data;

/// <summary>
/// K-fold cross-validation that keeps every group, such as a patient, in one fold: the largest groups first, each to
/// the fold with the fewest items, as in scikit-learn's <c>GroupKFold</c>. Groups of one size go by their number, the
/// highest first.
/// </summary>
public static class GroupKFold
{
    /// <summary>Divides positions into folds, each of which is the test part once.</summary>
    /// <param name="groups">The group of every item.</param>
    /// <param name="folds">Number of folds, from 2 to the number of groups.</param>
    /// <returns>One split per fold, positions ascending.</returns>
    /// <exception cref="CassInputException">The number of folds is out of range.</exception>
    public static IReadOnlyList<IndexSplit> Split(IReadOnlyList<int> groups, int folds)
    {
        ArgumentNullException.ThrowIfNull(groups);
        var sizes = new SortedDictionary<int, int>();
        foreach (var group in groups)
        {
            sizes[group] = sizes.GetValueOrDefault(group) + 1;
        }

        SplitArguments.CheckFolds(folds, sizes.Count, "groups");
        var load = new int[folds];
        var foldOfGroup = new Dictionary<int, int>();
        foreach (var (group, size) in sizes.OrderByDescending(s => s.Value).ThenByDescending(s => s.Key))
        {
            var lightest = Array.IndexOf(load, load.Min());
            foldOfGroup[group] = lightest;
            load[lightest] += size;
        }

        return KFold.FromAssignment([.. groups.Select(g => foldOfGroup[g])], folds);
    }
}
