using System.Collections;
using System.Reflection;

namespace Cass.Training;

/// <summary>
/// Takes options once: checks them, and copies them with everything nested in them, so that nothing that happens to the
/// caller's object later can change a run.
/// </summary>
internal static class OptionsCopy
{
    /// <summary>Checks options and copies them.</summary>
    /// <param name="options">The caller's options.</param>
    /// <param name="path">What messages put before the names of settings, such as <c>Pretraining</c>; empty for nothing.</param>
    /// <exception cref="InvalidOptionsException">Settings are outside their ranges; all of them are named.</exception>
    public static T Of<T>(T options, string path = "")
        where T : class
    {
        OptionsRules.ThrowIfInvalid(options, path);
        return (T)Copy(options);
    }

    private static object Copy(object options)
    {
        var copy = Activator.CreateInstance(options.GetType())!;
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite))
        {
            property.SetValue(copy, property.GetValue(options) switch
            {
                IReadOnlyDictionary<string, double> numbers => new Dictionary<string, double>(numbers, StringComparer.Ordinal),
                IReadOnlyList<double> numbers => (double[])[.. numbers],
                IReadOnlyList<string> texts => (string[])[.. texts],
                { } nested when OptionsRules.AreOptions(nested.GetType()) => Copy(nested),
                IEnumerable and not string => throw new NotSupportedException($"{property.Name}: a {property.PropertyType} is not copied."),
                var value => value,
            });
        }

        return copy;
    }
}
