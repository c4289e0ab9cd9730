using System.Globalization;
using Study.Cells;
using Study.Methods;

namespace Study.Running;

/// <summary>How long the rest of a study takes, by the cells that were measured in this run and the passes of each.</summary>
internal sealed class TimeLeft(int trainingImages)
{
    // A network on an image in pretraining is about as much work as on one in fine-tuning; what a cell takes besides, in images.
    private const double Overhead = 1500;
    private double seconds;
    private double work;

    /// <summary>Passes that a cell is expected to take, weighted by the area of the images.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="pretrains">Whether its pretraining is still to be done.</param>
    public double WorkOf(Cell cell, bool pretrains)
    {
        var method = StudyMethod.Parse(cell.Method);
        var extra = method.SpendsBudgetOnLabels || method.Distills ? cell.Budget : 0;
        var pretraining = pretrains && method.Networks != TrainedNetworks.None ? method.EpochsOf(cell.Budget) * method.Passes : 0;
        var area = cell.Size * cell.Size / (64.0 * 64);
        return area * ((trainingImages * (pretraining + extra + (cell.FineTuningEpochs * cell.LabelFraction))) + Overhead);
    }

    /// <summary>Passes that cells are expected to take; those with the same pretraining share it.</summary>
    /// <param name="cells">The cells, none of whose pretrainings has been done.</param>
    public double WorkOf(IEnumerable<Cell> cells)
    {
        var pretrained = new HashSet<string>(StringComparer.Ordinal);
        return cells.Sum(cell => WorkOf(cell, pretrained.Add((cell with { LabelFraction = 0, FineTuningEpochs = 0 }).ToString())));
    }

    public void Add(double cellWork, TimeSpan elapsed) => (work, seconds) = (work + cellWork, seconds + elapsed.TotalSeconds);

    /// <summary>The time that work takes; null before the first cell is measured.</summary>
    public TimeSpan? For(double remaining) => work == 0 ? null : TimeSpan.FromSeconds(remaining * seconds / work);

    /// <summary>Days, hours and minutes, for people.</summary>
    public static string Text(TimeSpan time) => time.TotalDays >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{time.Days} d {time.Hours} h")
        : time.TotalHours >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{time.Hours} h {time.Minutes} min") : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes} min");
}
