using System.Text.Json;
using Xunit;

namespace Cass.Tests.Reference;

/// <summary>
/// The folder of values computed by the Python originals: copies beside the tests, or the folder that the
/// environment variable CASS_REFERENCE names.
/// </summary>
public static class ReferenceFolder
{
    public static string Path { get; } = Environment.GetEnvironmentVariable("CASS_REFERENCE") is { Length: > 0 } named
        ? System.IO.Path.GetFullPath(named)
        : System.IO.Path.Combine(AppContext.BaseDirectory, "reference");

    /// <summary>The files that match a pattern such as <c>model_*.safetensors</c>; skips the test where there are none in a named folder.</summary>
    public static IReadOnlyList<string> Files(string pattern)
    {
        Assert.True(Directory.Exists(Path), $"The reference folder '{Path}' does not exist.");
        string[] files = [.. Directory.EnumerateFiles(Path, pattern).Order(StringComparer.Ordinal)];
        if (files.Length == 0)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CASS_REFERENCE") is null or "", $"No file '{pattern}' in '{Path}'.");
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

    /// <summary>Opens a file by name; skips the test where the name is the 'none' that stands for an empty folder.</summary>
    public static ReferenceTensors Open(string name)
    {
        Assert.SkipWhen(string.Equals(name, "none", StringComparison.Ordinal), $"No file of this kind in '{Path}'.");
        return ReferenceTensors.Read(System.IO.Path.Combine(Path, name));
    }

    /// <summary>Opens every JSON file that matches a pattern.</summary>
    public static IEnumerable<(string Name, JsonDocument Document)> Json(string pattern) =>
        Files(pattern).Select(file => (System.IO.Path.GetFileName(file), JsonDocument.Parse(File.ReadAllText(file))));
}
