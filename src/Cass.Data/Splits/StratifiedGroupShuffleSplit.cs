namespace Cass.Data;

/// <summary>
/// A random split that keeps every group, such as a patient, on one side, and the shares of the classes: the
/// <see cref="StratifiedShuffleSplit"/> of the groups, each of which counts as one of the class that most of its items
/// have (of several, the lowest). Where each item is a group of its own, that is the stratified split of the items.
/// </summary>
public static class StratifiedGroupShuffleSplit
{
    /// <summary>Splits positions at random, group by group and class by class.</summary>
    /// <param name="groups">The group of every item.</param>
    /// <param name="labels">The class of every item.</param>
    /// <param name="testFraction">Share of the groups of the test part, in (0, 1); their number is rounded up.</param>
    /// <param name="seed">Seed, from 0 to 2³² − 1.</param>
    /// <param name="classNames">What the classes are called in errors, by their number; null to name the numbers.</param>
    /// <returns>The two parts, groups in random order.</returns>
    /// <exception cref="CassInputException">The fraction is out of range, a class has the most items in one group only, or a part has fewer groups than there are classes.</exception>
    public static IndexSplit Split(IReadOnlyList<int> groups, IReadOnlyList<int> labels, double testFraction, long seed, IReadOnlyList<string>? classNames = null)
    {
        ArgumentNullException.ThrowIfNull(groups);
        ArgumentNullException.ThrowIfNull(labels);
        if (groups.Count != labels.Count)
        {
            throw new ArgumentException($"There are {groups.Count} groups for {labels.Count} labels; each item has one of both.", nameof(labels));
        }

        var members = Enumerable.Range(0, groups.Count).GroupBy(i => groups[i]).Select(group => group.ToArray()).ToArray();
        int[] classes = [.. members.Select(group => group.CountBy(i => labels[i]).OrderByDescending(count => count.Value).ThenBy(count => count.Key).First().Key)];
        var groupsOf = classes.CountBy(c => c).ToDictionary();
        foreach (var label in labels.Distinct().Order())
        {
            if (groupsOf.GetValueOrDefault(label) < 2)
            {
                throw new CassInputException(
                    $"The class '{classNames?[label] ?? $"{label}"}' has {labels.Count(l => l == label):N0} images, but too few groups to be in both parts of a stratified split: {groupsOf.GetValueOrDefault(label)} mainly of this class, and two are needed. Add images, leave the class out, or split without groups or without stratification.");
            }
        }

        var split = StratifiedShuffleSplit.Split(classes, testFraction, seed);
        return new IndexSplit([.. split.Train.SelectMany(g => members[g])], [.. split.Test.SelectMany(g => members[g])]);
    }
}
