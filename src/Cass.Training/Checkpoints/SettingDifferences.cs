using System.Text.Json.Nodes;

namespace Cass.Training;

/// <summary>In what two sets of settings differ.</summary>
internal static class SettingDifferences
{
    /// <summary>Settings that were added when there were checkpoints already, and the values that runs before them had.</summary>
    private static readonly Dictionary<string, string> BeforeTheyWereSettings = new(StringComparer.Ordinal)
    {
        ["Pretraining.Optimizer.TrustCoefficient"] = "0.001",
        ["FineTuning.Optimizer.TrustCoefficient"] = "0.001",
        ["Method.Options.VectorRateScale"] = "1",
    };

    /// <summary>Compares settings.</summary>
    /// <param name="before">What they were.</param>
    /// <param name="now">What they are.</param>
    /// <param name="ignored">Names that are not compared, with all that is in them.</param>
    /// <returns>A sentence without its end for each: its name, what it was and what it is.</returns>
    public static IReadOnlyList<string> Between(JsonObject before, JsonObject now, params IReadOnlyCollection<string> ignored)
    {
        var (was, @is) = (Flatten(before), Flatten(now));
        foreach (var (name, value) in BeforeTheyWereSettings.Where(setting => @is.ContainsKey(setting.Key)))
        {
            was.TryAdd(name, value);
        }

        return
        [
            .. was.Keys.Union(@is.Keys, StringComparer.Ordinal)
                .Where(key => !ignored.Any(name => IsIn(key, name)) && !string.Equals(was.GetValueOrDefault(key), @is.GetValueOrDefault(key), StringComparison.Ordinal))
                .Select(key => $"{key} was {was.GetValueOrDefault(key) ?? "absent"} and is {@is.GetValueOrDefault(key) ?? "absent"}"),
        ];
    }

    private static bool IsIn(string key, string name) =>
        key.StartsWith(name, StringComparison.Ordinal) && (key.Length == name.Length || key[name.Length] == '.');

    private static Dictionary<string, string> Flatten(JsonObject settings)
    {
        var flat = new Dictionary<string, string>(StringComparer.Ordinal);
        Add(settings, string.Empty);
        return flat;

        void Add(JsonNode? node, string path)
        {
            if (node is JsonObject fields)
            {
                foreach (var (key, value) in fields)
                {
                    Add(value, path.Length == 0 ? key : $"{path}.{key}");
                }

                return;
            }

            flat[path] = node?.ToJsonString() ?? "null";
        }
    }
}
