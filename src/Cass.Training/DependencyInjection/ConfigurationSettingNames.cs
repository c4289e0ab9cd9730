using Microsoft.Extensions.Configuration;

namespace Cass.Training;

/// <summary>Spells settings as a configuration does.</summary>
public static class ConfigurationSettingNames
{
    /// <summary>Settings of <see cref="CassOptions"/> as keys of a configuration: <c>Cass:FineTuning:LabelFraction</c>. Other options have no key.</summary>
    /// <param name="section">The section that the options are bound to.</param>
    /// <returns>The names.</returns>
    public static SettingNames ToSettingNames(this IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(section);
        var prefix = section is IConfigurationSection { Path: var path } ? path + ConfigurationPath.KeyDelimiter : string.Empty;
        return SettingNames.Of(setting => typeof(CassOptions).GetProperty(setting.Split('.')[0]) is null
            ? null
            : prefix + setting.Replace(".", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal));
    }
}
