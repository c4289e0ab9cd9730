namespace Cass;

/// <summary>Finds the names that a misspelt one was probably meant to be.</summary>
public static class NearestNames
{
    /// <summary>The candidates nearest to a name by edit distance (Levenshtein 1966), nearest first.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="candidates">What could have been meant.</param>
    /// <param name="count">How many to return at the most.</param>
    /// <returns>Candidates that differ from the name in at most half of their characters, case aside.</returns>
    public static IReadOnlyList<string> Of(string name, IEnumerable<string> candidates, int count = 3)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(candidates);
        return
        [
            .. candidates
                .Select(candidate => (Candidate: candidate, Distance: Distance(name, candidate)))
                .Where(pair => pair.Distance <= Math.Max(name.Length, pair.Candidate.Length) / 2)
                .OrderBy(pair => pair.Distance)
                .ThenBy(pair => pair.Candidate, StringComparer.Ordinal)
                .Take(count)
                .Select(pair => pair.Candidate),
        ];
    }

    /// <summary>The nearest names as the middle of an error message: <c>; did you mean 'resnet50'?</c>, or nothing.</summary>
    /// <param name="name">What was written.</param>
    /// <param name="candidates">What could have been meant.</param>
    /// <param name="otherwise">What to return where nothing is near, such as the sentence's full stop.</param>
    /// <returns>A clause that begins with a semicolon, or <paramref name="otherwise"/>.</returns>
    public static string Suggest(string name, IEnumerable<string> candidates, string otherwise = "")
    {
        var nearest = Of(name, candidates);
        return nearest.Count == 0 ? otherwise : $"; did you mean {string.Join(" or ", nearest.Select(n => $"'{n}'"))}?";
    }

    private static int Distance(string left, string right)
    {
        var previous = new int[right.Length + 1];
        var current = new int[right.Length + 1];
        for (var j = 0; j <= right.Length; j++)
        {
            previous[j] = j;
        }

        for (var i = 1; i <= left.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var substitution = char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]) ? 0 : 1;
                current[j] = Math.Min(Math.Min(previous[j] + 1, current[j - 1] + 1), previous[j - 1] + substitution);
            }

            (previous, current) = (current, previous);
        }

        return previous[right.Length];
    }
}
