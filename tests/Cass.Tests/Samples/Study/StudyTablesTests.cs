extern alias Study;

using Cass.Metrics;
using Study::Study.Cells;
using Study::Study.Grids;
using Study::Study.Images;
using Study::Study.Results;
using Study::Study.Running;
using Study::Study.Tables;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Samples.Study;

/// <summary>Tables of results that are written down here, so that what they must say is known.</summary>
public sealed class StudyTablesTests
{
    private const string Truth = "0123012301230123";

    [Fact]
    public void Macro_F1_of_drawn_cases_is_the_metric_of_the_library()
    {
        var random = new Random(5);
        for (var trial = 0; trial < 30; trial++)
        {
            string truth = Digits(40), answers = Digits(40);
            int[] cases = [.. Enumerable.Range(0, 40).Select(_ => random.Next(40))];
            using var scores = nn.functional.one_hot(tensor(cases.Select(i => (long)(answers[i] - '0')).ToArray()), 4).@float();
            using var targets = nn.functional.one_hot(tensor(cases.Select(i => (long)(truth[i] - '0')).ToArray()), 4).@float();
            using var metric = new MultiLabelF1(Averaging.Macro);
            metric.Update(scores, targets);
            Assert.Equal(metric.Compute(), new MacroF1(truth, 4).Of(answers, cases), 1e-6);
        }

        string Digits(int length) => string.Concat(Enumerable.Range(0, length).Select(_ => (char)('0' + random.Next(4))));
    }

    [Fact]
    public void Six_seeds_that_all_gain_are_significant_and_three_are_not_tested()
    {
        var six = Tables([.. Enumerable.Range(1, 6).Select(seed => (long)seed)]);
        Assert.Contains("| cass, budget 8, rate 0.001 | none, budget 0 | cnn | 6 | +100.0 | +100.0 to +100.0 | 0.031 | 0.063 | more, not significant |", six, StringComparison.Ordinal);
        Assert.Contains("| cass, budget 8, rate 0.001 | none, budget 0 | vit | 6 | 0.0 | 0.0 to 0.0 | 1.000 | 1.000 | within noise |", six, StringComparison.Ordinal);
        var three = Tables([1, 2, 3]);
        Assert.Contains("| cass, budget 8, rate 0.001 | none, budget 0 | cnn | 3 | +100.0 | +100.0 to +100.0 | – | – | more; too few seeds for a test |", three, StringComparison.Ordinal);
        Assert.Contains("3 of 6 cells are measured", Tables([1, 2, 3], omit: "none"), StringComparison.Ordinal);
    }

    [Fact]
    public void Robustness_is_the_range_over_the_setting_for_each_seed()
    {
        var block = Block(["cass"], [1, 2]) with { BatchSizes = [8, 16, 32] };
        var measured = block.Cells(new Dictionary<string, double>(StringComparer.Ordinal)).Select(cell => Result(cell, 0.5 + (cell.BatchSize / 100.0) + (cell.Seed / 1000.0), Truth)).ToDictionary(result => result.Id, StringComparer.Ordinal);
        var text = BlockTables.Of(new BlockResults(block, new Dictionary<string, double>(StringComparer.Ordinal), measured), images: null);

        // 0.82 less 0.58 for both seeds.
        Assert.Contains("| cass | cnn | 2 | 0.688 ± 0.001 | 0.240 ± 0.000 |", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Results_of_another_study_are_brought_in_once_and_others_are_refused()
    {
        using var folder = new TemporaryFolder();
        var cells = Block(["none", "cass"], [1]).Cells(new Dictionary<string, double>(StringComparer.Ordinal)).ToArray();
        CellResult[] results = [.. cells.Select(cell => Result(cell, 0.5, Truth))];
        Directory.CreateDirectory(folder["gathered"]);
        ResultSet.Write(folder["gathered/results.jsonl"], results);
        File.WriteAllText(folder["gathered/scored.json"], System.Text.Json.JsonSerializer.Serialize(Images(), StudyJson.Options));

        var study = new StudyFolder(folder["study"]);
        Assert.Equal(2, ResultSet.Bring(study, folder["gathered"]));
        Assert.Equal(0, ResultSet.Bring(study, folder["gathered/results.jsonl"]));
        Assert.Equal(results.Select(r => r.Id).Order(StringComparer.Ordinal), ResultSet.Read(study).Select(r => r.Id));

        ResultSet.Write(folder["other.jsonl"], [results[0] with { Images = "87654321" }]);
        Assert.Contains("other images", Assert.Throws<CassInputException>(() => ResultSet.Bring(study, folder["other.jsonl"])).Message, StringComparison.Ordinal);
        ResultSet.Write(folder["changed.jsonl"], [results[0] with { Cell = cells[0] with { Seed = 9 } }]);
        Assert.Contains("it was changed", Assert.Throws<CassInputException>(() => ResultSet.Bring(study, folder["changed.jsonl"])).Message, StringComparison.Ordinal);
        File.WriteAllText(folder["broken.jsonl"], File.ReadAllText(folder["gathered/results.jsonl"])[..200]);
        Assert.Contains("broken.jsonl, line 1", Assert.Throws<CassInputException>(() => ResultSet.Bring(study, folder["broken.jsonl"])).Message, StringComparison.Ordinal);
    }

    private static string Tables(long[] seeds, string? omit = null)
    {
        var block = Block(["none", "cass"], seeds) with { Baselines = ["none"] };
        var rates = new Dictionary<string, double>(StringComparer.Ordinal) { ["cass"] = 1e-3 };

        // Of the CNN, all is right with pretraining and all wrong without; the transformer is always right.
        var measured = block.Cells(rates)
            .Where(cell => cell.Method != omit)
            .Select(cell => Result(cell, cell.Method is "cass" ? 1 : 0, cell.Method is "cass" ? Truth : "1230123012301230", vit: (1, Truth)))
            .ToDictionary(result => result.Id, StringComparer.Ordinal);
        return BlockTables.Of(new BlockResults(block, rates, measured), Images());
    }

    private static ScoredImages Images() => new("12345678", ["a", "b", "c", "d"], new(string.Empty, []), new(Truth, [.. Enumerable.Range(0, Truth.Length)]));

    private static GridBlock Block(string[] methods, long[] seeds) => new()
    {
        Name = "b",
        Question = "?",
        Methods = methods,
        Labels = [new LabelBudget(0.1, 2)],
        Seeds = seeds,
    };

    private static CellResult Result(Cell cell, double score, string answers, (double Score, string Answers)? vit = null) => new()
    {
        Id = StudyGrid.IdOf(cell),
        Cell = cell,
        Images = "12345678",
        Networks = new Dictionary<string, NetworkResult>(StringComparer.Ordinal)
        {
            ["cnn"] = Network(score, answers),
            ["vit"] = Network(vit?.Score ?? score, vit?.Answers ?? answers),
        },
        Pretraining = new Dictionary<string, IReadOnlyList<PretrainingHistory>>(StringComparer.Ordinal),
        Pretrained = true,
        PeakMemory = 100,
        Environment = "a machine",
        Measured = DateTimeOffset.UnixEpoch,
    };

    private static NetworkResult Network(double score, string answers) => new()
    {
        Scores = new Dictionary<string, Figures>(StringComparer.Ordinal)
        {
            ["held-out"] = new() { Images = answers.Length, MacroF1 = score, Accuracy = score, F1 = score, NotebookF1 = score },
        },
        Answers = answers,
        Epochs = 2,
        FineTuningSeconds = 1,
    };
}
