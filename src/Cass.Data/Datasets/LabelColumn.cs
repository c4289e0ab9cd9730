namespace Cass.Data;

/// <summary>The class ids of a dataset, row by row; the rows lie one after the other.</summary>
internal sealed class LabelColumn
{
    private readonly int[] values;
    private readonly int[]? ends;
    private readonly IReadOnlyList<int>[] single;

    /// <summary>Takes the ids over.</summary>
    /// <param name="map">The classes.</param>
    /// <param name="values">Ids of all rows, in order.</param>
    /// <param name="ends">Where each row ends in them; null where each has exactly one.</param>
    public LabelColumn(LabelMap map, int[] values, int[]? ends)
    {
        Map = map;
        this.values = values;
        this.ends = ends;
        single = [.. Enumerable.Range(0, map.Count).Select(IReadOnlyList<int> (id) => [id])];
    }

    public LabelMap Map { get; }

    public bool IsMultiLabel => ends is not null;

    public IReadOnlyList<int> this[int row] => ends is null
        ? single[values[row]]
        : Slice(row) is { Count: not 1 } several ? several : single[values[ends[row] - 1]];

    public ReadOnlySpan<int> Span(int row) => ends is null ? values.AsSpan(row, 1) : Slice(row).AsSpan();

    private ArraySegment<int> Slice(int row)
    {
        var start = row == 0 ? 0 : ends![row - 1];
        return new ArraySegment<int>(values, start, ends![row] - start);
    }
}
