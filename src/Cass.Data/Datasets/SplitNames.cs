namespace Cass.Data;

/// <summary>Names of folders that hold the parts of a split and not classes: <c>Training</c>, <c>test_images</c>, <c>val</c>.</summary>
internal static class SplitNames
{
    private static readonly string[][] Parts =
    [
        ["train", "training", "trn"],
        ["test", "testing", "tst"],
        ["val", "valid", "validation", "validate", "dev", "holdout"],
    ];

    /// <summary>Whether folders are named like the parts of a split: two of them like different parts, or the only one like one.</summary>
    public static bool Describe(IReadOnlyList<string> folders)
    {
        var parts = folders.Select(PartOf).Where(part => part >= 0).Distinct().Count();
        return parts >= 2 || (parts == 1 && folders.Count == 1);
    }

    /// <summary>Whether a folder is named like a part of a split.</summary>
    public static bool IsPart(string folder) => PartOf(folder) >= 0;

    private static int PartOf(string folder)
    {
        var words = Words(folder);
        return Array.FindIndex(Parts, part => part.Any(name => words.Contains(name, StringComparer.OrdinalIgnoreCase)));
    }

    private static string[] Words(string name) =>
        string.Concat(name.Select(c => char.IsAsciiLetter(c) ? c : ' ')).Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
