using System.Text.RegularExpressions;
using Cass.Tests.Packaging;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace Cass.Tests.Documentation;

/// <summary>The C# in the documentation, as somebody would paste it into a program.</summary>
public sealed partial class CodeBlockTests
{
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    private static readonly string Folder = PackedPackages.RepositoryRoot;

    /// <summary>The .NET libraries and all that the tests reference, which is everything but the tests.</summary>
    private static readonly Lazy<MetadataReference[]> References = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("Cass.Tests", StringComparison.Ordinal) && Path.GetFileName(path) is not ("BrainMri.dll" or "Study.dll" or "CustomMethod.dll"))
            .Select(path => MetadataReference.CreateFromFile(path))]);

    [Theory]
    [MemberData(nameof(Pages))]
    public void Every_block_of_a_page_compiles(string page)
    {
        var blocks = CSharpBlock().Matches(File.ReadAllText(Path.Combine(Folder, page))).Select(match => match.Groups["code"].Value).ToArray();
        Assert.NotEmpty(blocks);

        // Files of one program, as those of a sample that a page shows whole.
        var files = blocks.Where(block => block.Contains("\nnamespace ", StringComparison.Ordinal)).ToArray();
        Assert.Empty(Errors(files).Select(error => error.GetMessage()));
        Assert.All(blocks.Except(files, StringComparer.Ordinal), block => Assert.Empty(Errors([block]).Select(error => $"{error.GetMessage()} in\n{block}")));
    }

    public static TheoryData<string> Pages() =>
        [.. new[] { "README.md" }
            .Concat(Directory.EnumerateFiles(Path.Combine(Folder, "docs"), "*.md", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(Path.Combine(Folder, "src"), "README.md", SearchOption.AllDirectories))
            .Select(path => Path.GetRelativePath(Folder, Path.Combine(Folder, path)))
            .Where(page => CSharpBlock().IsMatch(File.ReadAllText(Path.Combine(Folder, page))))
            .Order(StringComparer.Ordinal)];

    private static Diagnostic[] Errors(string[] files)
    {
        var options = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Preview);
        var parsed = files.Append(ImplicitUsings).Select(file => CSharpSyntaxTree.ParseText(file, options, cancellationToken: TestContext.Current.CancellationToken)).ToArray();
        var isProgram = parsed.Any(tree => tree.GetCompilationUnitRoot(TestContext.Current.CancellationToken).Members.Any(SyntaxKind.GlobalStatement));
        var compilation = CSharpCompilation.Create(
            "Documentation",
            parsed,
            References.Value,
            new CSharpCompilationOptions(isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        return [.. compilation.GetDiagnostics(TestContext.Current.CancellationToken).Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)];
    }

    [GeneratedRegex(@"^```csharp\r?\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CSharpBlock();
}
