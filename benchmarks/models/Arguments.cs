using System.Globalization;

namespace Cass.Models.Benchmarks;

/// <summary>Options written <c>--name value</c>, and the names beside them.</summary>
internal sealed class Arguments
{
    private readonly Dictionary<string, string> options = new(StringComparer.Ordinal);
    private readonly List<string> names = [];

    public Arguments(string[] arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i].StartsWith("--", StringComparison.Ordinal) && i + 1 < arguments.Length)
            {
                options[arguments[i]] = arguments[++i];
            }
            else
            {
                names.Add(arguments[i]);
            }
        }
    }

    public IReadOnlyList<string> Names => names;

    public int Number(string name, int otherwise) => options.TryGetValue(name, out var text) ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
