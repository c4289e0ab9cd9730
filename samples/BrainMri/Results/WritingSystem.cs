using System.Text;

namespace BrainMri.Results;

/// <summary>What a character is written in, and where Debian has a font for it.</summary>
/// <param name="Name">Such as <c>Korean</c>.</param>
/// <param name="Package">A package with a font that has it.</param>
internal sealed record WritingSystem(string Name, string Package)
{
    private const string EastAsian = "fonts-noto-cjk";
    private const string Common = "fonts-noto-core";
    private const string Pictures = "fonts-noto-color-emoji";

    // The first block of each; what lies before the next entry belongs to it.
    private static readonly (int First, string Name, string Package)[] Blocks =
    [
        (0x0000, "Latin", Common), (0x0370, "Greek", Common), (0x0400, "Cyrillic", Common), (0x0530, "Armenian", Common), (0x0590, "Hebrew", Common),
        (0x0600, "Arabic", Common), (0x0700, "Syriac", Common), (0x0750, "Arabic", Common), (0x0780, "Thaana", Common), (0x07C0, "N'Ko", Common),
        (0x0870, "Arabic", Common), (0x0900, "Devanagari", Common), (0x0980, "Bengali", Common), (0x0A00, "Gurmukhi", Common), (0x0A80, "Gujarati", Common),
        (0x0B00, "Odia", Common), (0x0B80, "Tamil", Common), (0x0C00, "Telugu", Common), (0x0C80, "Kannada", Common), (0x0D00, "Malayalam", Common),
        (0x0D80, "Sinhala", Common), (0x0E00, "Thai", Common), (0x0E80, "Lao", Common), (0x0F00, "Tibetan", Common), (0x1000, "Burmese", Common),
        (0x10A0, "Georgian", Common), (0x1100, "Korean", EastAsian), (0x1200, "Ethiopic", Common), (0x13A0, "Cherokee", Common), (0x1780, "Khmer", Common),
        (0x1800, "Mongolian", Common), (0x18B0, "other characters", Common), (0x1E00, "Latin", Common), (0x1F00, "Greek", Common), (0x2000, "symbols", Common),
        (0x2600, "pictographs", Pictures), (0x27C0, "symbols", Common), (0x2E80, "Chinese characters", EastAsian), (0x3040, "Japanese", EastAsian),
        (0x3130, "Korean", EastAsian), (0x3190, "Chinese characters", EastAsian), (0xA4D0, "other characters", Common), (0xAC00, "Korean", EastAsian),
        (0xD800, "other characters", Common), (0xF900, "Chinese characters", EastAsian), (0xFB00, "Latin", Common), (0xFB1D, "Hebrew", Common),
        (0xFB50, "Arabic", Common), (0xFE10, "Chinese characters", EastAsian), (0xFE70, "Arabic", Common), (0xFF00, "Japanese", EastAsian),
        (0x10000, "other characters", Common), (0x1F000, "pictographs", Pictures), (0x1FB00, "symbols", Common), (0x20000, "Chinese characters", EastAsian),
        (0x40000, "other characters", Common),
    ];

    /// <summary>The writing system of a character.</summary>
    public static WritingSystem Of(Rune character)
    {
        var (_, name, package) = Blocks.Last(block => block.First <= character.Value);
        return new WritingSystem(name, package);
    }

    /// <summary>Whether a character is written from right to left.</summary>
    public static bool IsRightToLeft(Rune character) => character.Value is (>= 0x0590 and < 0x0900) or (>= 0xFB1D and < 0xFE00) or (>= 0xFE70 and < 0xFF00);
}
