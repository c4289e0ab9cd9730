namespace Cass.Models;

/// <summary>Finds what the names in a weight file begin with: the wrappers that training programs put around a network.</summary>
internal static class WeightPrefix
{
    /// <summary>How many prefixes are looked at closely; a training program's file has a handful of networks.</summary>
    private const int MaxCandidates = 16;

    /// <summary>How many parts a prefix has at the most.</summary>
    private const int MaxParts = 12;

    /// <summary>How long a name is at the most to be one of a network's.</summary>
    private const int MaxNameLength = 1024;

    /// <summary>What the names of a network's place in a program are known to be.</summary>
    private static readonly HashSet<string> Wrappers = new(StringComparer.Ordinal)
    {
        "module", "model", "backbone", "encoder", "net", "network", "_orig_mod", "state_dict", "model_state_dict",
        "model_state", "student", "base_encoder", "encoder_q", "online_network", "online_encoder", "feature_extractor",
    };

    /// <summary>Names by which files of foreign layouts are known; what the others are can only be told from all of them.</summary>
    private static readonly HashSet<string> ForeignNames = new(StringComparer.Ordinal)
    {
        "encoder.pos_embedding", "features.0.0.weight", "downsample_layers.0.0.weight", ChildIndexNames.Anchor,
    };

    /// <summary>The prefix below which most of the network's names are found; of several, the one that is preferred.</summary>
    /// <param name="names">All names of the file.</param>
    /// <param name="wanted">The network's names.</param>
    /// <param name="layout">Translates foreign names; null for none.</param>
    /// <returns>The prefix; and the others below which as much is found, where nothing says which is meant.</returns>
    public static (string Prefix, IReadOnlyList<string> Rivals) Find(IReadOnlyList<string> names, IReadOnlySet<string> wanted, IWeightLayout? layout)
    {
        var ranked = Candidates(names, wanted)
            .Select(prefix => (Prefix: prefix, Matches: Matches(names, prefix, wanted, layout), Rank: Rank(prefix)))
            .OrderByDescending(candidate => candidate.Matches)
            .ThenBy(candidate => candidate.Rank)
            .ThenBy(candidate => candidate.Prefix.Length)
            .ThenBy(candidate => candidate.Prefix, StringComparer.Ordinal)
            .ToList();
        var best = ranked[0];
        return (best.Prefix, [.. ranked.Skip(1).Where(other => best.Matches > 0 && (other.Matches, other.Rank) == (best.Matches, best.Rank)).Select(other => other.Prefix)]);
    }

    /// <summary>The names below a prefix: in the file, and without the prefix and without wrappers of single modules.</summary>
    public static IReadOnlyList<(string FileName, string Name)> Below(IReadOnlyList<string> names, string prefix) =>
        [.. names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Select(name => (name, WrappedNames.Unwrap(name[prefix.Length..])))];

    /// <summary>The network's name of each of a file's names, none of which has a prefix.</summary>
    public static Func<string, string> Translator(IWeightLayout? layout, IReadOnlyList<(string FileName, string Name)> below) =>
        layout is null ? name => name : layout.Translator([.. below.Select(pair => pair.Name)]);

    /// <summary>What stands before the network's names, and before those by which a foreign layout is known: the most frequent.</summary>
    private static IEnumerable<string> Candidates(IReadOnlyList<string> names, IReadOnlySet<string> wanted)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal) { [string.Empty] = 0 };
        foreach (var name in names.Where(name => name.Length <= MaxNameLength))
        {
            var start = 0;
            for (var part = 0; part < MaxParts; part++)
            {
                var rest = WrappedNames.Unwrap(name[start..]);
                var weight = ForeignNames.Contains(rest) ? wanted.Count : wanted.Contains(rest) ? 1 : 0;
                if (weight > 0)
                {
                    counts[name[..start]] = counts.GetValueOrDefault(name[..start]) + weight;
                }

                var dot = name.IndexOf('.', start);
                if (dot < 0)
                {
                    break;
                }

                start = dot + 1;
            }
        }

        return counts.OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key, StringComparer.Ordinal).Take(MaxCandidates).Select(entry => entry.Key);
    }

    private static int Matches(IReadOnlyList<string> names, string prefix, IReadOnlySet<string> wanted, IWeightLayout? layout)
    {
        var below = Below(names, prefix);
        var translate = Translator(layout, below);
        return below.Select(pair => translate(pair.Name)).Distinct(StringComparer.Ordinal).Count(wanted.Contains);
    }

    /// <summary>
    /// Of networks that are equally complete, the averaged one comes first (as timm prefers <c>state_dict_ema</c>, and
    /// DINO evaluates its teacher), and a method's momentum copy last.
    /// </summary>
    private static int Rank(string prefix)
    {
        if (prefix.Length == 0)
        {
            return 0;
        }

        var parts = prefix.TrimEnd('.').Split('.');
        var words = parts.SelectMany(part => part.Split('_')).ToHashSet(StringComparer.Ordinal);
        return words.Contains("ema") ? 1
            : words.Contains("teacher") ? 2
            : words.Overlaps(["momentum", "target", "key", "k"]) ? 5
            : parts.All(Wrappers.Contains) ? 3
            : 4;
    }
}
