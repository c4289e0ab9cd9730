using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace BrainMri.CommandLine;

/// <summary>Readers of option values, whose errors name the option, the value and what is allowed.</summary>
internal static class Parsers
{
    /// <summary>Reads a whole number within a range.</summary>
    public static Func<ArgumentResult, T> WholeNumber<T>(T minimum, T maximum)
        where T : struct, IBinaryInteger<T> => result =>
    {
        var text = result.Tokens[0].Value;
        if (T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= minimum && value <= maximum)
        {
            return value;
        }

        result.AddError($"{OptionOf(result)} '{text}': give a whole number from {minimum} to {maximum}.");
        return default;
    };

    /// <summary>Reads a share above 0 and up to 1.</summary>
    public static double Share(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is > 0 and <= 1)
        {
            return value;
        }

        result.AddError($"{OptionOf(result)} '{text}': give a share above 0 and up to 1, such as 0.1 for 10 %.");
        return default;
    }

    /// <summary>Reads the name of a value of an enumeration; case does not matter.</summary>
    public static T NameOf<T>(ArgumentResult result)
        where T : struct, Enum
    {
        var text = result.Tokens[0].Value;
        if (Enum.GetNames<T>().FirstOrDefault(name => string.Equals(name, text.Replace("-", string.Empty, StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase)) is { } known)
        {
            return Enum.Parse<T>(known);
        }

        result.AddError($"{OptionOf(result)} '{text}': give one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}.");
        return default;
    }

    /// <summary>Reads the name of an encoding, as IANA, Windows or Python has it.</summary>
    public static Encoding? EncodingOf(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var name = text.StartsWith("cp125", StringComparison.OrdinalIgnoreCase) ? "windows-" + text[2..] : text;
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            result.AddError($"{OptionOf(result)} '{text}': give the name of an encoding, such as utf-8, utf-16, latin1, windows-1252, gb18030 or shift_jis.");
            return null;
        }
    }

    /// <summary>Reads a name or path, which may not be empty.</summary>
    public static string Text(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (string.IsNullOrWhiteSpace(text))
        {
            result.AddError($"{OptionOf(result)} is empty: give a value, or leave the option out.");
        }

        return text;
    }

    private static string OptionOf(ArgumentResult result) => result.Parent is OptionResult option ? option.Option.Name : "The argument";
}
