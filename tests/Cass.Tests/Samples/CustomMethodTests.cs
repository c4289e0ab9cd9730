using System.Text.RegularExpressions;
using Cass.Tests.Order;
using Cass.Tests.Packaging;
using Xunit;

namespace Cass.Tests.Samples;

/// <summary>A method written outside the library: two sizes of crops, a teacher, a tensor of its own and schedules.</summary>
[Collection(ProcessCollection.Name)]
public sealed partial class CustomMethodTests
{
    private const string Program = "CustomMethod.dll";

    [Fact]
    public void A_run_of_a_method_of_ones_own_that_is_killed_ends_bit_equal_to_an_undisturbed_one()
    {
        using var folder = new TemporaryFolder();
        var expected = SampleProcess.RunProgram(Program, folder.Path, ["undisturbed"]).Output;
        Assert.Matches("^[0-9A-F]{64}$", expected);

        // Killed in the first epoch and in a later one.
        foreach (var reached in (string[])["00001-0000002", "00003-0000004"])
        {
            var killed = SampleProcess.RunProgram(Program, folder.Path, ["killed"], onceStarted: process =>
            {
                while (!process.HasExited && !HasReached(folder["killed"], reached))
                {
                    Thread.Sleep(1);
                }

                process.Kill();
            });
            Assert.Empty(killed.Output);
        }

        var resumed = SampleProcess.RunProgram(Program, folder.Path, ["killed"]);
        Assert.Contains("Going on from", resumed.Error, StringComparison.Ordinal);
        Assert.Equal(expected, resumed.Output);
    }

    [Theory]
    [InlineData("LocalToGlobalMethod.cs")]
    [InlineData("LocalToGlobalOptions.cs")]
    public void The_method_in_the_documentation_is_the_one_that_compiles(string file)
    {
        var folder = PackedPackages.RepositoryRoot;
        var documented = CSharpBlocks().Matches(File.ReadAllText(Path.Combine(folder, "docs", "methods.md"))).Select(match => Lines(match.Groups["code"].Value)).ToList();
        var sample = Lines(File.ReadAllText(Path.Combine(folder, "samples", "CustomMethod", file)));
        Assert.Contains(documented, block => block.SequenceEqual(sample, StringComparer.Ordinal));
    }

    private static bool HasReached(string folder, string position) =>
        Directory.Exists(folder) && Directory.EnumerateFiles(folder, "pretraining-0*.json").Any(file => string.CompareOrdinal(Path.GetFileNameWithoutExtension(file), $"pretraining-{position}") >= 0);

    private static List<string> Lines(string code) => [.. code.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0)];

    [GeneratedRegex(@"^```csharp\n(?<code>.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CSharpBlocks();
}
