using Cass.Tests.Packaging;
using Xunit;

namespace Cass.Tests.Documentation;

/// <summary>What <c>dotnet new</c> makes. No image is trained on here: the programs are compiled, and the templates looked at.</summary>
public sealed class TemplateTests
{
    private static readonly string Templates = Path.Combine(PackedPackages.RepositoryRoot, "templates");

    [Theory]
    [InlineData("cass-train", 3)]
    [InlineData("cass-service", 4)]
    public void The_program_compiles(string template, int expectedFiles)
    {
        var files = Directory.GetFiles(Path.Combine(Templates, template), "*.cs").Select(File.ReadAllText).ToArray();
        Assert.Equal(expectedFiles, files.Length);
        Assert.Empty(UserCode.Errors(files).Select(error => error.ToString()));
    }

    [Theory]
    [InlineData("cass-train", "CassProgram1")]
    [InlineData("cass-service", "CassService1")]
    public void Its_name_is_replaced_nowhere_else(string template, string name)
    {
        // "dotnet new" replaces the name wherever it finds it, also within other words.
        var folder = Path.Combine(Templates, template);
        var configuration = File.ReadAllText(Path.Combine(folder, ".template.config", "template.json"));
        Assert.Contains($"\"sourceName\": \"Company.{name}\"", configuration, StringComparison.Ordinal);
        Assert.Contains($"\"shortName\": \"{template}\"", configuration, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(folder, $"Company.{name}.csproj")));
        var uses = Directory.GetFiles(folder, "*.cs").SelectMany(File.ReadAllLines).Where(line => line.Contains(name, StringComparison.Ordinal));
        Assert.All(uses, line => Assert.Matches($@"^(using|namespace) Company\.{name};$", line));
    }

    [Theory]
    [InlineData("cass-train", "CassProgram1")]
    [InlineData("cass-service", "CassService1")]
    public void The_project_gets_the_versions_when_it_is_packed(string template, string name)
    {
        var project = File.ReadAllText(Path.Combine(Templates, template, $"Company.{name}.csproj"));
        Assert.Contains("Include=\"Cass.Training\" Version=\"CASS_VERSION\"", project, StringComparison.Ordinal);
        Assert.DoesNotContain("0.107", project, StringComparison.Ordinal);
    }
}
