using Microsoft.Extensions.Configuration;

namespace Cass.Training;

/// <summary>
/// How whoever reads a trainer's messages spells its settings: as properties in code, as keys of a configuration, or as the options of
/// a program, which need not have one for each.
/// </summary>
/// <example><code>
/// var names = SettingNames.Of(new Dictionary&lt;string, string&gt; { ["FineTuning.LabelFraction"] = "--label-fraction" });
/// Console.WriteLine(names["FineTuning.LabelFraction"]);   // --label-fraction
/// </code></example>
public sealed class SettingNames
{
    private readonly Func<string, string?> spell;

    private SettingNames(Func<string, string?> spell) => this.spell = spell;

    /// <summary>As the properties of <see cref="CassOptions"/>: <c>FineTuning.LabelFraction</c>. The default.</summary>
    public static SettingNames Properties { get; } = new(setting => setting);

    /// <summary>How a setting is spelled; null where the interface has none for it, so that no message advises to change it.</summary>
    /// <param name="setting">The path of its property from <see cref="CassOptions"/>, such as <c>FineTuning.LabelFraction</c>.</param>
    public string? this[string setting]
    {
        get
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(setting);
            return spell(setting);
        }
    }

    /// <summary>As keys of a configuration: <c>Cass:FineTuning:LabelFraction</c>.</summary>
    /// <param name="section">The section that the options are bound to.</param>
    /// <returns>The names.</returns>
    public static SettingNames Keys(IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var prefix = section is IConfigurationSection { Path: var path } ? path + ConfigurationPath.KeyDelimiter : string.Empty;
        return new SettingNames(setting => prefix + setting.Replace(".", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal));
    }

    /// <summary>As the options of a program.</summary>
    /// <param name="names">What settings, by the paths of their properties, are called there; what is missing cannot be set there.</param>
    /// <returns>The names.</returns>
    public static SettingNames Of(IReadOnlyDictionary<string, string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var copy = names.ToDictionary(StringComparer.Ordinal);
        return new SettingNames(setting => copy.GetValueOrDefault(setting));
    }
}
