using System.Globalization;

namespace Cass.Tests.DistributedProcess;

/// <summary>Settings as <c>name=value</c>; a value <c>a,b</c> gives a to the first process and b to all others.</summary>
internal sealed class TrainingSettings(IReadOnlyList<string> settings)
{
    private readonly Dictionary<string, string> values = settings.Select(setting => setting.Split('=', 2)).GroupBy(parts => parts[0], StringComparer.Ordinal).ToDictionary(setting => setting.Key, setting => setting.Last()[1], StringComparer.Ordinal);

    public string Text(string name, string otherwise) => values.GetValueOrDefault(name, otherwise);

    public string Text(string name, string otherwise, int rank) => values.TryGetValue(name, out var text) ? text.Split(',') is [_, var others] && rank > 0 ? others : text.Split(',')[0] : otherwise;

    public int Number(string name, int otherwise, int rank = 0) =>
        values.TryGetValue(name, out var text) ? int.Parse(text.Split(',') is [_, .. var others] && others.Length > 0 && rank > 0 ? others[0] : text.Split(',')[0], CultureInfo.InvariantCulture) : otherwise;

    public bool Flag(string name) => Number(name, 0) != 0;
}
