extern alias Study;

using Study::Study.Cells;
using Study::Study.Running;
using Xunit;

namespace Cass.Tests.Samples.Study;

public sealed class TimeLeftTests
{
    private const double OfACell = 1500;

    [Fact]
    public void A_pretraining_that_cells_share_counts_once()
    {
        var left = new TimeLeft(trainingImages: 1000);
        var cell = Cell(seed: 1);
        var alone = left.WorkOf([cell]);

        // Eight passes of pretraining, and four of fine-tuning.
        Assert.Equal(12_000 + OfACell, alone);
        Assert.Equal(alone + 10_000 + OfACell, left.WorkOf([cell, cell with { LabelFraction = 0.5, FineTuningEpochs = 20 }]));
        Assert.Equal(2 * alone, left.WorkOf([cell, Cell(seed: 2)]));
        Assert.Equal(2 * alone, left.WorkOf([cell, cell with { BatchSize = 32 }]));
    }

    [Fact]
    public void The_time_of_what_is_left_goes_by_the_work_that_was_done()
    {
        var left = new TimeLeft(trainingImages: 1000);
        Assert.Null(left.For(100));
        left.Add(1000, TimeSpan.FromMinutes(3));
        left.Add(2000, TimeSpan.FromMinutes(6));
        Assert.Equal(TimeSpan.FromMinutes(30), left.For(10_000));
    }

    [Theory]
    [InlineData(0, 0, 59, "0 min")]
    [InlineData(0, 27, 30, "27 min")]
    [InlineData(2, 3, 0, "2 h 3 min")]
    [InlineData(50, 10, 0, "2 d 2 h")]
    public void Time_is_told_in_days_hours_and_minutes(int hours, int minutes, int seconds, string expected) =>
        Assert.Equal(expected, TimeLeft.Text(new TimeSpan(hours, minutes, seconds)));

    private static Cell Cell(long seed) => new()
    {
        Method = "cass",
        Cnn = "resnet18",
        Vit = "vit_tiny_patch16_224",
        Start = StartingWeights.Random,
        Size = 64,
        BatchSize = 16,
        Budget = 8,
        LabelFraction = 1,
        FineTuningEpochs = 4,
        FineTuning = FineTuningSettings.Common,
        Score = ScoredPart.HeldOut,
        Seed = seed,
    };
}
