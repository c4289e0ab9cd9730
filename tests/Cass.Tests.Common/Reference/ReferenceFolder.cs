using System.Text.Json;
using Xunit;

namespace Cass.Tests.Reference;

/// <summary>
/// The folder of values computed by the Python originals: copies beside the tests, or the folder that the
/// environment variable CASS_REFERENCE names.
/// </summary>
public static class ReferenceFolder
{
    private const string Variable = "CASS_REFERENCE";

    /// <summary>The beginnings of the names of all kinds of files that tests read.</summary>
    private static readonly string[] Kinds =
        ["explain_", "losses", "metrics", "model_", "pos_embed_", "schedule", "splits", "ssl", "steps", "swin_sizes_", "torchvision", "trace_finetune_", "trace_pretrain_", "transforms"];

    public static string Path { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
        ? System.IO.Path.GetFullPath(named)
        : System.IO.Path.Combine(AppContext.BaseDirectory, "reference");

    /// <summary>The files that match a pattern such as <c>model_*.safetensors</c>; skips the test where there are none in a named folder.</summary>
    public static IReadOnlyList<string> Files(string pattern)
    {
        RequireUsable();
        string[] files = [.. Directory.EnumerateFiles(Path, pattern).Order(StringComparer.Ordinal)];
        if (files.Length == 0)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable(Variable) is null or "", $"No file '{pattern}' in '{Path}'.");
            Assert.Fail($"No file '{pattern}' in '{Path}'.");
        }

        return files;
    }

    /// <summary>The names of those files, as theory data; one row named 'none' where there are none.</summary>
    public static TheoryData<string> Names(string pattern)
    {
        var data = new TheoryData<string>();
        var files = Directory.Exists(Path) ? Directory.GetFiles(Path, pattern).Order(StringComparer.Ordinal).ToArray() : [];
        foreach (var file in files)
        {
            data.Add(System.IO.Path.GetFileName(file));
        }

        if (files.Length == 0)
        {
            data.Add("none");
        }

        return data;
    }

    /// <summary>Opens a file by name; skips the test where the name is the 'none' that stands for a folder without files of the kind.</summary>
    public static ReferenceTensors Open(string name)
    {
        SkipWithoutFile(name);
        return ReferenceTensors.Read(System.IO.Path.Combine(Path, name));
    }

    /// <summary>Skips the test where the name is the 'none' that stands for a folder without files of the kind.</summary>
    public static void SkipWithoutFile(string name)
    {
        RequireUsable();
        Assert.SkipWhen(string.Equals(name, "none", StringComparison.Ordinal), $"No file of this kind in '{Path}'.");
    }

    /// <summary>What is wrong with a folder as a whole, as a sentence; null where it exists and has a file of any kind that tests read.</summary>
    public static string? ProblemOf(string folder) =>
        !Directory.Exists(folder) ? $"The reference folder '{folder}' does not exist; set {Variable} to one that does, or unset it."
        : !Directory.EnumerateFiles(folder).Any(IsOfAKind) ? $"The reference folder '{folder}' has no file of any kind that tests read ({string.Join(", ", Kinds.Select(kind => kind + "*"))}, as .safetensors or .json); set {Variable} to a folder of reference values, or unset it."
        : null;

    private static bool IsOfAKind(string file) =>
        System.IO.Path.GetExtension(file) is ".safetensors" or ".json" && Kinds.Any(kind => System.IO.Path.GetFileName(file).StartsWith(kind, StringComparison.Ordinal));

    /// <summary>Fails the test, rather than skipping it, where no test could find its files.</summary>
    private static void RequireUsable()
    {
        if (ProblemOf(Path) is { } problem)
        {
            Assert.Fail(problem);
        }
    }

    /// <summary>Opens every JSON file that matches a pattern.</summary>
    public static IEnumerable<(string Name, JsonDocument Document)> Json(string pattern) =>
        Files(pattern).Select(file => (System.IO.Path.GetFileName(file), JsonDocument.Parse(File.ReadAllText(file))));
}
