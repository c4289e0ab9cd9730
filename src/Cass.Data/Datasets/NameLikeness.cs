using System.Globalization;
using System.Text;

namespace Cass.Data;

/// <summary>
/// Names that a reader takes for one though a program tells them apart: they differ only in upper and lower case, in white
/// space, in characters that are not seen, or in how Unicode spells an accented letter.
/// </summary>
internal static class NameLikeness
{
    private static readonly (string Name, Func<string, string> Remove)[] Aspects =
    [
        ("characters that are not seen", text => Without(text, c => char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.Control && !char.IsWhiteSpace(c))),
        ("white space", text => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))),
        ("Unicode form", CanonicalDecomposition.Of),
        ("upper and lower case", text => text.Replace("\u00DF", "SS", StringComparison.Ordinal).Replace("\u1E9E", "SS", StringComparison.Ordinal).ToUpperInvariant()),
    ];

    /// <summary>What names that look alike have in common.</summary>
    public static string KeyOf(string name) => Aspects.Aggregate(name, (text, aspect) => aspect.Remove(text));

    /// <summary>Whether two names look alike.</summary>
    public static bool AreAlike(string first, string second) => string.Equals(KeyOf(first), KeyOf(second), StringComparison.Ordinal);

    /// <summary>The first two names that look alike; null where none do.</summary>
    public static (string First, string Second)? FirstPair(IEnumerable<string> names)
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            var key = KeyOf(name);
            if (!seen.TryAdd(key, name))
            {
                return (seen[key], name);
            }
        }

        return null;
    }

    /// <summary>In what two names differ that look alike, in words: "upper and lower case".</summary>
    public static string Difference(string first, string second) => string.Join(
        " and ",
        Aspects.Where(aspect => !string.Equals(KeyWithout(first, aspect.Name), KeyWithout(second, aspect.Name), StringComparison.Ordinal)).Select(aspect => aspect.Name));

    /// <summary>The name with spaces and marks that are not plainly seen written as <c>\u00A0</c>.</summary>
    public static string Shown(string name)
    {
        var shown = new StringBuilder(name.Length);
        for (var i = 0; i < name.Length; i++)
        {
            var isPlainSpace = name[i] == ' ' && i > 0 && i < name.Length - 1 && name[i - 1] != ' ';
            var isUnseen = char.IsWhiteSpace(name[i]) || char.GetUnicodeCategory(name[i]) is UnicodeCategory.Format or UnicodeCategory.Control or UnicodeCategory.NonSpacingMark;
            shown.Append(isUnseen && !isPlainSpace ? $"\\u{(int)name[i]:X4}" : name[i].ToString());
        }

        return shown.ToString();
    }

    private static string KeyWithout(string name, string left) =>
        Aspects.Where(aspect => !string.Equals(aspect.Name, left, StringComparison.Ordinal)).Aggregate(name, (text, aspect) => aspect.Remove(text));

    private static string Without(string text, Func<char, bool> unwanted) =>
        text.Any(unwanted) ? string.Concat(text.Where(c => !unwanted(c))) : text;
}
