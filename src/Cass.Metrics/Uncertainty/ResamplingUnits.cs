namespace Cass.Metrics;

/// <summary>What is drawn as a whole: single cases, or all cases of a patient.</summary>
internal sealed class ResamplingUnits
{
    private readonly int[][] units;

    public ResamplingUnits(int cases, IReadOnlyList<string?>? groups)
    {
        if (groups is not null && groups.Count != cases)
        {
            throw new ArgumentException($"There are {groups.Count} groups for {cases} cases; give one a case (null for a case of its own).", nameof(groups));
        }

        Cases = cases;
        units = groups is null
            ? [.. Enumerable.Range(0, cases).Select(i => new[] { i })]
            : [.. Enumerable.Range(0, cases).GroupBy(i => groups[i] is { } name ? (name, -1) : (string.Empty, i)).Select(group => group.ToArray())];
        if (units.Length < 2)
        {
            throw new CassInputException($"{cases} cases of {units.Length} {(groups is null ? "case" : "group")} cannot be resampled; there must be at least 2 that vary independently.");
        }
    }

    public int Cases { get; }

    public int Count => units.Length;

    public IReadOnlyList<int> this[int unit] => units[unit];

    /// <summary>The cases of as many units as there are, drawn with replacement.</summary>
    public int[] Draw(Random random)
    {
        var cases = new List<int>(Cases);
        for (var i = 0; i < units.Length; i++)
        {
            cases.AddRange(units[random.Next(units.Length)]);
        }

        return [.. cases];
    }

    /// <summary>The same draw as <see cref="Draw(Random)"/> would make, as how often each unit occurs.</summary>
    public void Draw(Random random, int[] times)
    {
        Array.Clear(times);
        for (var i = 0; i < units.Length; i++)
        {
            times[random.Next(units.Length)]++;
        }
    }

    /// <summary>All cases but those of one unit.</summary>
    public int[] Without(int unit) => [.. units.Where((_, i) => i != unit).SelectMany(cases => cases)];
}
