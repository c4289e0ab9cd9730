using System.Globalization;
using Study.Cells;
using Study.Grids;
using Study.Results;

namespace Study.Tables;

/// <summary>A block with what has been measured of it.</summary>
internal sealed class BlockResults
{
    private readonly (string Name, Func<Cell, string> Value)[] axes =
    [
        ("method", cell => cell.Method),
        ("switched", cell => string.Join(", ", cell.Switched)),
        ("CNN", cell => cell.Cnn),
        ("transformer", cell => cell.Vit),
        ("size", cell => Text(cell.Size)),
        ("batch", cell => Text(cell.BatchSize)),
        ("budget", cell => Text(cell.Budget)),
        ("rate", cell => cell.Rate is { } rate ? Text(rate) : string.Empty),
        ("labels", cell => Text(cell.LabelFraction)),
        ("epochs of fine-tuning", cell => Text(cell.FineTuningEpochs)),
    ];

    public BlockResults(GridBlock block, IReadOnlyDictionary<string, double> rates, IReadOnlyDictionary<string, CellResult> measured)
    {
        Block = block;
        var cells = block.Cells(rates).DistinctBy(StudyGrid.IdOf, StringComparer.Ordinal).ToArray();
        Rows = [.. cells
            .GroupBy(cell => StudyGrid.IdOf(cell with { Seed = 0 }), StringComparer.Ordinal)
            .Select(group => new Row(group.First(), group
                .Select(cell => (cell.Seed, Result: measured.GetValueOrDefault(StudyGrid.IdOf(cell))))
                .Where(pair => pair.Result is not null)
                .ToDictionary(pair => pair.Seed, pair => pair.Result!)))];
        Missing = [.. cells.Where(cell => !measured.ContainsKey(StudyGrid.IdOf(cell)))];
        Count = cells.Length;
        Axes = [.. axes.Where((axis, i) => i == 0 || Rows.Select(row => axis.Value(row.Cell)).Distinct(StringComparer.Ordinal).Count() > 1)];
    }

    public GridBlock Block { get; }

    public IReadOnlyList<Row> Rows { get; }

    public int Count { get; }

    public IReadOnlyList<Cell> Missing { get; }

    /// <summary>The settings that differ between rows, the method always among them.</summary>
    public IReadOnlyList<(string Name, Func<Cell, string> Value)> Axes { get; }

    public string LabelOf(Row row) => string.Join(", ", Axes.Select((axis, i) => (axis.Name, Value: axis.Value(row.Cell), i))
        .Where(axis => axis.Value.Length > 0)
        .Select(axis => axis.i == 0 ? axis.Value : $"{axis.Name} {axis.Value}"));

    /// <summary>What a row is compared with: the rows of the baselines with the same other settings.</summary>
    public IEnumerable<Row> BaselinesOf(Row row)
    {
        if (Block.Baselines.Count == 0)
        {
            var least = Block.Budgets.Min();
            var shortest = Block.Labels.Min(labels => labels.Epochs);
            return Rows.Where(other => other != row && other.Cell.FineTuningEpochs == shortest && string.Equals(other.Cell.Method, row.Cell.Method, StringComparison.Ordinal) && other.Cell.Switched.Count == 0 && other.Cell.Budget == least && IsAlike(other, row));
        }

        return Block.Baselines.SelectMany(name => Rows.Where(other => other != row
            && other.Cell.FineTuningEpochs == row.Cell.FineTuningEpochs
            && string.Equals(other.Cell.Method, name, StringComparison.Ordinal)
            && IsAlike(other, row)
            && (other.Cell.Budget == row.Cell.Budget || other.Cell.Budget == 0 || row.Cell.Budget == 0)));

        static bool IsAlike(Row other, Row row)
        {
            var (a, b) = (other.Cell, row.Cell);
            return (a.Cnn, a.Vit, a.Size, a.BatchSize, a.LabelFraction) == (b.Cnn, b.Vit, b.Size, b.BatchSize, b.LabelFraction);
        }
    }

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
