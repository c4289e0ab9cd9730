namespace Cass.Data;

/// <summary>
/// A random split that keeps every group, such as a patient, on one side, equal to the index to scikit-learn's
/// <c>GroupShuffleSplit</c> with <c>random_state=seed</c>. The fraction counts groups, not items.
/// </summary>
public static class GroupShuffleSplit
{
    /// <summary>Splits positions at random, group by group.</summary>
    /// <param name="groups">The group of every item.</param>
    /// <param name="testFraction">Share of the groups of the test part, in (0, 1); their number is rounded up.</param>
    /// <param name="seed">Seed, from 0 to 2³² − 1.</param>
    /// <returns>The two parts, positions ascending.</returns>
    /// <exception cref="CassInputException">The fraction is out of range or leaves a part without groups.</exception>
    public static IndexSplit Split(IReadOnlyList<int> groups, double testFraction, long seed)
    {
        ArgumentNullException.ThrowIfNull(groups);
        int[] distinct = [.. groups.Distinct().Order()];
        var (train, test) = ShuffleSplit.Sizes(distinct.Length, testFraction, seed, "groups");
        var permutation = MersenneTwister.NumPy((uint)seed).Permutation(distinct.Length);
        var testGroups = permutation.Take(test).Select(g => distinct[g]).ToHashSet();
        var trainGroups = permutation.Skip(test).Take(train).Select(g => distinct[g]).ToHashSet();
        return new IndexSplit(Members(groups, trainGroups), Members(groups, testGroups));
    }

    private static int[] Members(IReadOnlyList<int> groups, HashSet<int> chosen) =>
        [.. Enumerable.Range(0, groups.Count).Where(i => chosen.Contains(groups[i]))];
}
