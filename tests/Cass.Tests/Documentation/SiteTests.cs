using System.Text.Json;
using System.Text.RegularExpressions;
using Cass.Tests.Packaging;
using Xunit;

namespace Cass.Tests.Documentation;

/// <summary>The site that docfx makes has everything; docfx itself finds links that lead nowhere.</summary>
public sealed partial class SiteTests
{
    private static readonly string Folder = PackedPackages.RepositoryRoot;

    [Fact]
    public void Every_library_is_in_the_API_reference()
    {
        using var configuration = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "docfx.json")));
        var documented = configuration.RootElement.GetProperty("metadata")[0].GetProperty("src")[0].GetProperty("files").EnumerateArray().Select(file => file.GetString());
        var libraries = Directory.GetDirectories(Path.Combine(Folder, "src")).Select(folder => Path.GetFileName(folder) + ".dll");
        Assert.Equal(libraries.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_page_is_in_the_table_of_contents()
    {
        var listed = Page().Matches(File.ReadAllText(Path.Combine(Folder, "docs", "toc.yml"))).Select(match => match.Groups["page"].Value);
        var pages = Directory.GetFiles(Path.Combine(Folder, "docs"), "*.md").Select(Path.GetFileName);
        Assert.Equal(pages.Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"href: (?<page>[\w-]+\.md)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Page();
}
