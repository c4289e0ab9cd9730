namespace Cass;

/// <summary>
/// How whoever reads messages spells the settings that they advise to change: as properties in code, as keys of a configuration, or
/// as the options of a program, which need not have one for each.
/// </summary>
/// <example><code>
/// var names = SettingNames.Of(new Dictionary&lt;string, string&gt; { ["FineTuning.LabelFraction"] = "--label-fraction" });
/// Console.WriteLine(names["FineTuning.LabelFraction"]);   // --label-fraction
/// </code></example>
public sealed class SettingNames
{
    private readonly Func<string, string?> spell;

    private SettingNames(Func<string, string?> spell) => this.spell = spell;

    /// <summary>As the properties: <c>FineTuning.LabelFraction</c>, <c>CsvManifestOptions.Encoding</c>. The default.</summary>
    public static SettingNames Properties { get; } = new(setting => setting);

    /// <summary>How a setting is spelled; null where the interface has none for it, so that no message advises to change it.</summary>
    /// <param name="setting">
    /// A setting of a trainer, by the path of its property from <c>CassOptions</c>, such as <c>FineTuning.LabelFraction</c>; or one of other
    /// options, by their class and property, such as <c>CsvManifestOptions.Encoding</c>.
    /// </param>
    public string? this[string setting]
    {
        get
        {
            ArgumentException.ThrowIfNullOrWhiteSpace(setting);
            return spell(setting);
        }
    }

    /// <summary>As the options of a program.</summary>
    /// <param name="names">What settings are called there; what is missing cannot be set there.</param>
    /// <returns>The names.</returns>
    public static SettingNames Of(IReadOnlyDictionary<string, string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        var copy = names.ToDictionary(StringComparer.Ordinal);
        return new SettingNames(setting => copy.GetValueOrDefault(setting));
    }

    /// <summary>By a rule.</summary>
    /// <param name="spell">Gives the name of a setting; null where it has none.</param>
    /// <returns>The names.</returns>
    public static SettingNames Of(Func<string, string?> spell)
    {
        ArgumentNullException.ThrowIfNull(spell);
        return new SettingNames(spell);
    }

    /// <summary>A piece of advice, or nothing where the interface cannot follow it.</summary>
    /// <param name="setting">The setting, as in the indexer.</param>
    /// <param name="advice">Makes the advice of the setting's name.</param>
    /// <returns>The advice, or an empty string.</returns>
    public string Advise(string setting, Func<string, string> advice)
    {
        ArgumentNullException.ThrowIfNull(advice);
        return this[setting] is { } name ? advice(name) : string.Empty;
    }
}
