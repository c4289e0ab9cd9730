using Cass.Tests.Packaging;
using Xunit;

namespace Cass.Tests.Documentation;

/// <summary>What <c>dotnet new</c> makes. No image is trained on here: the program is compiled, and the template looked at.</summary>
public sealed class TemplateTests
{
    private static readonly string Folder = Path.Combine(PackedPackages.RepositoryRoot, "templates", "cass-train");

    [Fact]
    public void The_program_compiles()
    {
        var files = Directory.GetFiles(Folder, "*.cs").Select(File.ReadAllText).ToArray();
        Assert.Equal(3, files.Length);
        Assert.Empty(UserCode.Errors(files).Select(error => error.ToString()));
    }

    [Fact]
    public void Its_name_is_replaced_nowhere_else()
    {
        // "dotnet new" replaces the name wherever it finds it, also within other words.
        const string Name = "Company.CassProgram1";
        var template = File.ReadAllText(Path.Combine(Folder, ".template.config", "template.json"));
        Assert.Contains($"\"sourceName\": \"{Name}\"", template, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(Folder, Name + ".csproj")));
        var uses = Directory.GetFiles(Folder, "*.cs").SelectMany(File.ReadAllLines).Where(line => line.Contains("CassProgram1", StringComparison.Ordinal));
        Assert.All(uses, line => Assert.Matches($@"^(using|namespace) {Name};$", line));
    }

    [Fact]
    public void The_project_gets_the_versions_when_it_is_packed()
    {
        var project = File.ReadAllText(Path.Combine(Folder, "Company.CassProgram1.csproj"));
        Assert.Contains("Include=\"Cass.Training\" Version=\"CASS_VERSION\"", project, StringComparison.Ordinal);
        Assert.DoesNotContain("0.107", project, StringComparison.Ordinal);
    }
}
