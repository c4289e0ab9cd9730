using System.Text.RegularExpressions;
using Cass.Tests.Packaging;
using Xunit;

namespace Cass.Tests.Documentation;

/// <summary>The C# in the documentation, as somebody would paste it into a program.</summary>
public sealed partial class CodeBlockTests
{
    private static readonly string Folder = PackedPackages.RepositoryRoot;

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_block_of_a_page_compiles(string page)
    {
        var blocks = CSharpBlock().Matches(File.ReadAllText(Path.Combine(Folder, page))).Select(match => match.Groups["code"].Value).ToArray();
        Assert.NotEmpty(blocks);

        // Files of one program, as those of a sample that a page shows whole.
        var files = blocks.Where(block => block.Contains("\nnamespace ", StringComparison.Ordinal)).ToArray();
        Assert.Empty(UserCode.Errors(files).Select(error => error.GetMessage()));
        Assert.All(blocks.Except(files, StringComparer.Ordinal), block => Assert.Empty(UserCode.Errors([block]).Select(error => $"{error.GetMessage()} in\n{block}")));
    }

    public static TheoryData<string> Pages() =>
        [.. new[] { "README.md" }
            .Concat(Directory.EnumerateFiles(Path.Combine(Folder, "docs"), "*.md", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(Path.Combine(Folder, "src"), "README.md", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Folder, Path.Combine(Folder, path)))
            .Where(page => CSharpBlock().IsMatch(File.ReadAllText(Path.Combine(Folder, page))))
            .Order(StringComparer.Ordinal)];

    [GeneratedRegex(@"^```csharp\r?\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CSharpBlock();
}
