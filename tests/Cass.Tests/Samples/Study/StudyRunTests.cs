extern alias Study;

using Cass.Tests.Order;
using Study::Study.Results;
using Study::Study.Running;
using Xunit;

namespace Cass.Tests.Samples.Study;

/// <summary>The program as a shell starts it: small grids of phantoms, stopped and gone on with.</summary>
[Collection(ProcessCollection.Name)]
public sealed class StudyRunTests
{
    private const string Program = "Study.dll";

    private const string Grid = """
        {
          "name": "small", "images": 120,
          "blocks": [{
            "name": "both", "question": "Does it run?", "methods": ["none", "cass"], "sizes": [32], "budgets": [2],
            "labels": [{ "fraction": 0.5, "epochs": 1 }], "seeds": [1], "baselines": ["none"]
          }]
        }
        """;

    [Fact]
    public void A_study_that_is_killed_goes_on_and_ends_with_the_same_results()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["grid.json"], Grid);
        var undisturbed = Run(folder, "undisturbed");
        Assert.Equal(string.Empty, undisturbed.Error);
        Assert.Equal(0, undisturbed.ExitCode);
        Assert.Contains("[2/2] cass", undisturbed.Output, StringComparison.Ordinal);

        // Killed, without a chance to say anything, when the second cell has begun.
        var killed = SampleProcess.RunProgram(Program, folder.Path, Arguments("killed"), (process, line) =>
        {
            if (line.StartsWith("[2/2]", StringComparison.Ordinal))
            {
                process.Kill();
            }
        });
        Assert.NotEqual(0, killed.ExitCode);

        var resumed = Run(folder, "killed");
        Assert.Equal(0, resumed.ExitCode);
        Assert.Contains("2 cells, 1 of them measured already.", resumed.Output, StringComparison.Ordinal);
        Assert.Equal(Scores(folder["undisturbed"]), Scores(folder["killed"]));
        foreach (var file in new[] { "tables.md", "results.csv", "results.jsonl", "scored.json", "both.png" })
        {
            Assert.True(new FileInfo(Path.Combine(folder["killed"], "report", file)).Length > 100, file);
        }

        Assert.Contains("2 of 2 cells are measured", File.ReadAllText(Path.Combine(folder["killed"], "report", "tables.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_cell_that_fails_is_reported_and_the_others_are_measured()
    {
        using var folder = new TemporaryFolder();

        // A batch of 100 is larger than the 76 training images.
        File.WriteAllText(folder["grid.json"], Grid.Replace("\"sizes\"", "\"batchSizes\": [100], \"sizes\"", StringComparison.Ordinal));
        var run = Run(folder, "out");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("FAILED", run.Output, StringComparison.Ordinal);
        var tables = File.ReadAllText(Path.Combine(folder["out"], "report", "tables.md"));
        Assert.Contains("1 of 2 cells are measured", tables, StringComparison.Ordinal);
        Assert.Contains("## Cells that failed", tables, StringComparison.Ordinal);
        Assert.Matches(@"- cass.*batch.*100", tables);
    }

    [Theory]
    [InlineData("published")]
    [InlineData("notebook")]
    [InlineData("authors-release")]
    public void A_published_recipe_whose_last_batch_would_be_one_image_is_measured_without_it(string method)
    {
        using var folder = new TemporaryFolder();

        // 76 images are trained on: batches of 25 leave one of them, and batches of 16 one of the 33 that have labels.
        File.WriteAllText(folder["grid.json"], $$"""
            {
              "name": "small", "images": 120,
              "blocks": [{
                "name": "one", "question": "Does it run?", "methods": ["{{method}}"], "sizes": [32], "batchSizes": [25], "budgets": [1],
                "labels": [{ "fraction": 0.44, "epochs": 1 }], "fineTuning": "recipe", "seeds": [1]
              }]
            }
            """);
        var run = Run(folder, "out");
        Assert.Contains("76 training", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("FAILED", run.Output, StringComparison.Ordinal);
        Assert.Equal(0, run.ExitCode);
    }

    [Theory]
    [InlineData("--data", "nowhere", "'nowhere' is not there")]
    [InlineData("--shard", "4/3", "--shard is '4/3'")]
    [InlineData("--processes", "0", "--processes is 0")]
    [InlineData("--blocks", "bot", "did you mean 'both'")]
    public void A_wrong_option_is_refused_in_a_line(string option, string value, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["grid.json"], Grid);
        var run = SampleProcess.RunProgram(Program, folder.Path, [.. Arguments("out"), option, value]);
        Assert.NotEqual(0, run.ExitCode);
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    private static SampleProcess Run(TemporaryFolder folder, string output) => SampleProcess.RunProgram(Program, folder.Path, Arguments(output));

    private static string[] Arguments(string output) => ["run", "grid.json", "--output", output, "--threads", "1"];

    private static IEnumerable<string> Scores(string study) => ResultSet.Read(new StudyFolder(study))
        .SelectMany(result => result.Networks.Select(network => $"{result.Id} {network.Key} {network.Value.Scores["held-out"]} {network.Value.Answers}"));
}
