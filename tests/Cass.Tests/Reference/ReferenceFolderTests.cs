using System.Text.RegularExpressions;
using Cass.Tests.Packaging;
using Xunit;

namespace Cass.Tests.Reference;

[Trait("Category", "Reference")]
public sealed partial class ReferenceFolderTests
{
    [Fact]
    public void The_folder_holds_reference_files() => Assert.True(ReferenceFolder.ProblemOf(ReferenceFolder.Path) is null, ReferenceFolder.ProblemOf(ReferenceFolder.Path));

    [Fact]
    public void A_folder_that_is_not_there_or_holds_nothing_that_tests_read_is_told_from_one_without_a_kind()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("does not exist", ReferenceFolder.ProblemOf(folder["nowhere"]), StringComparison.Ordinal);
        File.WriteAllText(folder["notes.json"], "{}");
        File.WriteAllText(folder["losses.txt"], string.Empty);
        Assert.Contains("no file of any kind that tests read", ReferenceFolder.ProblemOf(folder.Path), StringComparison.Ordinal);
        File.WriteAllText(folder["ssl.safetensors"], string.Empty);
        Assert.Null(ReferenceFolder.ProblemOf(folder.Path));
    }

    [Fact]
    public void Every_pattern_that_a_test_reads_is_of_a_known_kind()
    {
        using var folder = new TemporaryFolder();
        var patterns = Directory.EnumerateFiles(Path.Combine(PackedPackages.RepositoryRoot, "tests"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Patterns().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups["pattern"].Value)
            .Where(pattern => !pattern.StartsWith('*'))
            .ToHashSet(StringComparer.Ordinal);
        Assert.True(patterns.Count > 10, string.Join(", ", patterns));
        Assert.All(patterns, pattern =>
        {
            var file = folder[pattern.Replace("*", string.Empty, StringComparison.Ordinal)];
            File.WriteAllText(file, string.Empty);
            Assert.Null(ReferenceFolder.ProblemOf(folder.Path));
            File.Delete(file);
        });
    }

    [GeneratedRegex(@"ReferenceFolder\.(Names|Files|Json)\(""(?<pattern>[^""]+)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Patterns();
}
