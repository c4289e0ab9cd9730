namespace Cass.Models;

/// <summary>Finds what the names in a weight file begin with: the wrappers that training programs put around a network.</summary>
internal static class WeightPrefix
{
    private static readonly HashSet<string> Wrappers = new(StringComparer.Ordinal)
    {
        "module", "model", "backbone", "encoder", "net", "network", "_orig_mod", "state_dict", "state_dict_ema", "model_state_dict",
        "model_state", "model_ema", "ema", "student", "teacher", "base_encoder", "momentum_encoder", "encoder_q", "encoder_k",
        "online_network", "online_encoder", "target_network", "target_encoder", "feature_extractor",
    };

    /// <summary>The prefix below which most of the network's names are found; the shortest of several.</summary>
    /// <param name="names">All names of the file.</param>
    /// <param name="wanted">The network's names.</param>
    /// <param name="layout">Translates foreign names; null for none.</param>
    public static string Find(IReadOnlyList<string> names, IReadOnlySet<string> wanted, IWeightLayout? layout) =>
        Candidates(names)
            .Select(prefix => (Prefix: prefix, Matches: Matches(names, prefix, wanted, layout)))
            .OrderByDescending(candidate => candidate.Matches)
            .ThenBy(candidate => Rank(candidate.Prefix))
            .ThenBy(candidate => candidate.Prefix.Length)
            .ThenBy(candidate => candidate.Prefix, StringComparer.Ordinal)
            .First().Prefix;

    /// <summary>The names below a prefix, without it.</summary>
    public static IReadOnlyList<string> Below(IReadOnlyList<string> names, string prefix) =>
        [.. names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => name[prefix.Length..])];

    private static HashSet<string> Candidates(IReadOnlyList<string> names)
    {
        var candidates = new HashSet<string>(StringComparer.Ordinal) { string.Empty };
        foreach (var name in names)
        {
            var start = 0;
            for (var dot = name.IndexOf('.', StringComparison.Ordinal); dot >= 0 && Wrappers.Contains(name[start..dot]); dot = name.IndexOf('.', start))
            {
                start = dot + 1;
                candidates.Add(name[..start]);
            }
        }

        return candidates;
    }

    private static int Matches(IReadOnlyList<string> names, string prefix, IReadOnlySet<string> wanted, IWeightLayout? layout)
    {
        var below = Below(names, prefix);
        Func<string, string> translate = layout is null ? name => name : layout.Translator(below);
        return below.Select(translate).Distinct(StringComparer.Ordinal).Count(wanted.Contains);
    }

    /// <summary>
    /// Of networks that are equally complete, the averaged one comes first (as timm prefers <c>state_dict_ema</c>, and
    /// DINO evaluates its teacher), and a method's momentum copy last.
    /// </summary>
    private static int Rank(string prefix) =>
        prefix.Length == 0 ? 0
        : prefix.Contains("ema", StringComparison.Ordinal) ? 1
        : prefix.Contains("teacher", StringComparison.Ordinal) ? 2
        : prefix.Contains("momentum_", StringComparison.Ordinal) || prefix.Contains("encoder_k", StringComparison.Ordinal) || prefix.Contains("target_", StringComparison.Ordinal) ? 4
        : 3;
}
