extern alias Study;

using Cass.Training;
using Study::Study.Cells;
using Study::Study.Grids;
using Study::Study.Methods;
using Xunit;

namespace Cass.Tests.Samples.Study;

/// <summary>What grids say, and what they refuse.</summary>
public sealed class GridTests
{
    private const string Block = """
        "name": "b", "question": "?", "methods": ["none", "cass"], "labels": [{ "fraction": 0.1, "epochs": 2 }], "seeds": [1, 2]
        """;

    [Theory]
    [InlineData("quick")]
    [InlineData("study")]
    [InlineData("time")]
    public void The_grids_that_come_with_the_program_can_be_read_and_name_each_cell_once(string name)
    {
        var cells = StudyGrid.Read(name).Cells();
        Assert.NotEmpty(cells);
        Assert.Equal(cells.Count, cells.Select(cell => cell.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(cells.Count, cells.Select(cell => cell.Cell.ToString() + cell.Cell.FineTuning + cell.Cell.Score).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void A_block_has_every_combination_and_no_budget_without_pretraining()
    {
        using var folder = new TemporaryFolder();
        var grid = Read(folder, $$"""{ "name": "g", "rates": { "cass": 0.002 }, "blocks": [{ {{Block}}, "budgets": [4, 8] }] }""");
        Assert.Equal(
            ["none 0  1", "cass 4 0.002 1", "cass 8 0.002 1", "none 0  2", "cass 4 0.002 2", "cass 8 0.002 2"],
            grid.Cells().Select(cell => FormattableString.Invariant($"{cell.Cell.Method} {cell.Cell.Budget} {cell.Cell.Rate} {cell.Cell.Seed}")));
    }

    [Theory]
    [InlineData("\"budgits\": [4]", "budgits")]
    [InlineData("\"methods\": [\"cas\"]", "did you mean 'cass'")]
    [InlineData("\"switched\": [[\"uncleared-gradient\"]]", "did you mean 'uncleared-gradients'")]
    [InlineData("\"cnns\": [\"resnet81\"]", "resnet")]
    [InlineData("\"labels\": [{ \"fraction\": 1.5, \"epochs\": 2 }]", "fractions of labels")]
    [InlineData("\"seeds\": [-1]", "seeds are from 0")]
    [InlineData("\"seeds\": []", "no list is empty")]
    [InlineData("\"baselines\": [\"dino\"]", "the baselines are among")]
    [InlineData("\"start\": \"imagnet\"", "start")]
    [InlineData("\"budgets\": [-4]", "budgets are numbers from 0")]
    public void A_fault_in_a_grid_is_named(string fault, string expected)
    {
        using var folder = new TemporaryFolder();
        var error = Assert.ThrowsAny<CassInputException>(() => Read(folder, $$"""{ "name": "g", "blocks": [{ {{Block}}, {{fault}} }] }"""));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_grid_that_is_not_there_is_refused_with_those_that_are() =>
        Assert.Contains("quick and study", Assert.Throws<CassInputException>(() => StudyGrid.Read("quik")).Message, StringComparison.Ordinal);

    /// <summary>The table of docs/study-protocol.md.</summary>
    [Theory]
    [InlineData("cass", 4)]
    [InlineData("published", 8)]
    [InlineData("notebook", 8)]
    [InlineData("simsiam", 4)]
    [InlineData("vicreg", 4)]
    [InlineData("byol", 3)]
    [InlineData("dino", 2)]
    [InlineData("emp-ssl", 1)]
    [InlineData("none", 0)]
    public void A_budget_of_eight_passes_is_the_number_of_epochs_in_the_protocol(string method, int epochs) =>
        Assert.Equal(epochs, StudyMethod.Parse(method).EpochsOf(8));

    [Fact]
    public void With_all_oddities_switched_off_the_notebook_trains_as_a_sound_recipe_does()
    {
        var options = new CassOptions();
        CassRecipe.NotebookFaithful.Apply(options);
        foreach (var oddity in Oddity.All)
        {
            oddity.Switch(options, StudyMethod.Parse("notebook"));
        }

        Assert.True(options.Pretraining.ClearGradients);
        Assert.Equal(CollapseSafeguard.VicReg, options.Method.Safeguard);
        Assert.False(options.FineTuning.KeepMetricsRunning || options.FineTuning.ValidateOnlyOnImprovement || options.FineTuning.DivideValidationLossByTrainingBatches || options.Evaluation.AugmentImages);
        Assert.Equal((ScheduleKind.WarmupCosine, ScheduleKind.WarmupCosine), (options.Pretraining.LearningRate.Schedule, options.FineTuning.LearningRate.Schedule));
    }

    [Fact]
    public void Each_oddity_is_on_in_the_notebook_and_can_be_switched()
    {
        foreach (var oddity in Oddity.All)
        {
            var (as_is, off, on) = (Notebook(), Notebook(), Notebook());
            oddity.Off(off);
            oddity.On(on);
            Assert.NotEqual(Json(as_is), Json(off));
            Assert.Equal(Json(as_is), Json(on));
        }

        static CassOptions Notebook()
        {
            var options = new CassOptions();
            CassRecipe.NotebookFaithful.Apply(options);
            return options;
        }

        static string Json(CassOptions options) => System.Text.Json.JsonSerializer.Serialize(options);
    }

    private static StudyGrid Read(TemporaryFolder folder, string json)
    {
        File.WriteAllText(folder["grid.json"], json);
        return StudyGrid.Read(folder["grid.json"]);
    }
}
