using SkiaSharp;

namespace Cass.Data;

/// <summary>The fonts that charts and pictures are lettered with.</summary>
internal static class InstalledFonts
{
    private static readonly string[] Preferred = ["DejaVu Sans", "Liberation Sans", "Noto Sans", "Arial", "Helvetica"];

    /// <summary>Null where no font is installed. Looked for once, since that takes a while.</summary>
    private static readonly Lazy<SKTypeface?> Typeface = new(() =>
    {
        var families = SKFontManager.Default.FontFamilies.ToHashSet(StringComparer.OrdinalIgnoreCase);
        return families.Count == 0 ? null : Array.Find(Preferred, families.Contains) is { } preferred ? SKTypeface.FromFamilyName(preferred) : SKTypeface.Default;
    });

    /// <summary>A font that has the letters of a text; the caller disposes it.</summary>
    /// <exception cref="CassException">No font is installed.</exception>
    public static SKFont For(string text, float size)
    {
        var typeface = Typeface.Value ?? throw new CassException("No fonts are installed, so that charts and pictures would have no text; install one, such as the package fonts-dejavu-core.");
        foreach (var rune in text.EnumerateRunes())
        {
            if (!typeface.ContainsGlyph(rune.Value) && SKFontManager.Default.MatchCharacter(rune.Value) is { } other)
            {
                typeface = other;
                break;
            }
        }

        return new SKFont(typeface, size) { Edging = SKFontEdging.Antialias };
    }
}
