using System.Collections;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Cass.Training;

/// <summary>Looks for keys of a configuration section that no option has, which a binder would pass over in silence.</summary>
internal static class ConfigurationKeys
{
    /// <summary>What is wrong, as sentences.</summary>
    /// <param name="section">The section.</param>
    /// <param name="options">The type that it is bound to.</param>
    /// <param name="besides">Keys of the section that have a meaning of their own.</param>
    public static IReadOnlyList<string> Unknown(IConfiguration section, Type options, params string[] besides)
    {
        var failures = new List<string>();
        Collect(section, options, string.Empty, besides, failures);
        return failures;
    }

    private static void Collect(IConfiguration section, Type options, string path, string[] besides, List<string> failures)
    {
        var properties = options.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite).ToDictionary(p => p.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var child in section.GetChildren())
        {
            if (properties.TryGetValue(child.Key, out var property))
            {
                if (property.PropertyType.IsClass && property.PropertyType.Assembly == typeof(ConfigurationKeys).Assembly && !typeof(IEnumerable).IsAssignableFrom(property.PropertyType))
                {
                    Collect(child, property.PropertyType, $"{path}{property.Name}.", [], failures);
                }
            }
            else if (!besides.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            {
                failures.Add($"{path}{child.Key} is not a setting{NearestNames.Suggest(child.Key, properties.Keys, otherwise: ".")}");
            }
        }
    }
}
