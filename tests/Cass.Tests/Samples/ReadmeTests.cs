using System.Text.RegularExpressions;
using Cass.Tests.Packaging;
using Xunit;

namespace Cass.Tests.Samples;

public sealed partial class ReadmeTests
{
    private static readonly string Folder = PackedPackages.RepositoryRoot;

    [Fact]
    public void Its_example_is_the_one_that_compiles()
    {
        var block = CSharpBlock().Match(File.ReadAllText(Path.Combine(Folder, "README.md"))).Groups["code"].Value;
        Assert.Equal(ExampleLines(), block.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0));
    }

    [Fact]
    public void Its_links_lead_somewhere()
    {
        var links = RelativeLink().Matches(File.ReadAllText(Path.Combine(Folder, "README.md"))).Select(match => match.Groups["target"].Value).ToArray();
        Assert.NotEmpty(links);
        Assert.All(links, link => Assert.True(Path.Exists(Path.Combine(Folder, link)), $"README.md links to '{link}', which is not there."));
    }

    private static IEnumerable<string> ExampleLines()
    {
        var inside = false;
        foreach (var line in File.ReadLines(Path.Combine(Folder, "tests", "Cass.Tests", "Samples", "ReadmeExample.cs")))
        {
            var text = line.Trim();
            if (text.StartsWith("// README:", StringComparison.Ordinal))
            {
                inside = text.EndsWith("begin", StringComparison.Ordinal) || text.EndsWith("resume", StringComparison.Ordinal);
            }
            else if (inside && text.Length > 0)
            {
                // The method's body is indented by two levels.
                yield return line.StartsWith("        ", StringComparison.Ordinal) ? line[8..].TrimEnd() : text;
            }
        }
    }

    [GeneratedRegex(@"^```csharp\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CSharpBlock();

    [GeneratedRegex(@"\]\((?<target>(?!https?:|#)[^)#]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RelativeLink();
}
