using Cass.Tests.Packaging;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace Cass.Tests.Documentation;

/// <summary>Compiles what a user would have in a project of their own, against the libraries.</summary>
internal static class UserCode
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

    private static readonly HashSet<string> Samples = [.. Directory.GetDirectories(Path.Combine(PackedPackages.RepositoryRoot, "samples")).Select(folder => Path.GetFileName(folder) + ".dll")];

    /// <summary>The .NET libraries and all that the tests reference, which is everything but the tests and the samples.</summary>
    private static readonly Lazy<MetadataReference[]> References = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(path => !Path.GetFileName(path).StartsWith("Cass.Tests", StringComparison.Ordinal) && !Samples.Contains(Path.GetFileName(path)))
            .Select(path => MetadataReference.CreateFromFile(path))]);

    /// <summary>Compiles the files of one program, or of one library.</summary>
    public static IReadOnlyList<Diagnostic> Errors(string[] files)
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
}
