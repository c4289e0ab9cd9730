using System.Globalization;
using System.Text;
using ScottPlot;
using SkiaSharp;

namespace BrainMri.Results;

/// <summary>Chooses the font of each text: one that has all its characters, where there is one.</summary>
/// <remarks>
/// Skia's own search for a font that has a character finds none where it is built without fontconfig, as in the package for
/// Linux that needs nothing else. So the families are looked through.
/// </remarks>
/// <param name="families">The families that there are.</param>
/// <param name="has">Whether a family has every character of a text.</param>
internal sealed class FigureFonts(IReadOnlyList<string> families, Func<string, string, bool> has)
{
    // The first of these that the machine has; Skia's own choice is a serif where none is named.
    private static readonly string[] Preferred = ["Inter", "Open Sans", "Segoe UI", "Helvetica", "Arial", "Noto Sans", "Liberation Sans", "DejaVu Sans"];

    private readonly Dictionary<string, string?> familyOf = new(StringComparer.Ordinal);
    private readonly List<string> used = [];

    /// <summary>The fonts of this machine.</summary>
    public static FigureFonts OfThisMachine { get; } = new([.. SKFontManager.Default.FontFamilies], Contains);

    /// <summary>The family for what any font has.</summary>
    public string Main { get; } = Preferred.Intersect(families, StringComparer.OrdinalIgnoreCase).FirstOrDefault() ?? Fonts.Default;

    /// <summary>A text in parts, each with a family that has all of it; null where none has.</summary>
    public IReadOnlyList<(string Text, string? Family)> Parts(string text)
    {
        if (FamilyOf(text) is { } family)
        {
            return [(text, family)];
        }

        var parts = new List<(string Text, string? Family)>();
        var characters = StringInfo.GetTextElementEnumerator(text);
        while (characters.MoveNext())
        {
            var character = characters.GetTextElement();
            var ofCharacter = FamilyOf(character);
            if (parts is [.., var last] && string.Equals(last.Family, ofCharacter, StringComparison.Ordinal))
            {
                parts[^1] = (last.Text + character, ofCharacter);
            }
            else
            {
                parts.Add((character, ofCharacter));
            }
        }

        return parts;
    }

    /// <summary>The writing systems that no font has, each with a text in which it occurs.</summary>
    public IEnumerable<(WritingSystem System, string Example)> Missing(IEnumerable<string> texts) => texts
        .SelectMany(text => Parts(text).Where(part => part.Family is null)
            .SelectMany(part => Shown(part.Text).EnumerateRunes()).Where(rune => !has(Main, rune.ToString()))
            .Select(rune => (System: WritingSystem.Of(rune), Example: text)))
        .DistinctBy(missing => missing.System);

    private static bool Contains(string family, string text)
    {
        using var face = SKTypeface.FromFamilyName(family);
        return face is not null && face.ContainsGlyphs(text);
    }

    private string? FamilyOf(string text)
    {
        var shown = Shown(text);
        if (shown.Length == 0)
        {
            return Main;
        }

        if (!familyOf.TryGetValue(shown, out var family))
        {
            family = used.Prepend(Main).Concat(families).FirstOrDefault(candidate => has(candidate, shown));
            familyOf[shown] = family;
            if (family is not null && !used.Contains(family, StringComparer.Ordinal))
            {
                used.Add(family);
            }
        }

        return family;
    }

    /// <summary>Without what joins, directs or varies characters and has no glyph of its own.</summary>
    private static string Shown(string text) => string.Concat(text.EnumerateRunes()
        .Where(rune => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Format or UnicodeCategory.Control) && rune.Value is not (>= 0xFE00 and <= 0xFE0F)));
}
