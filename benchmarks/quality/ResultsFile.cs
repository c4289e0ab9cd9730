namespace Cass.Quality.Benchmarks;

/// <summary>
/// Results as CSV: a column for each setting, then one for each figure; a row a cell, added as soon as it is measured. The
/// file is whole at any moment.
/// </summary>
internal sealed class ResultsFile
{
    private static readonly IReadOnlyList<string> Columns = [.. Cell.Columns, .. Measurement.Columns];
    private static readonly string Header = string.Join(',', Columns);

    private readonly string path;
    private List<string> lines = [];

    public ResultsFile(string path)
    {
        this.path = path;
        Read();
    }

    public IEnumerable<ResultRow> Rows => lines.Select(line => new ResultRow(Cell.Columns.Count, line.Split(',')));

    public bool Has(Cell cell) => lines.Any(line => line.StartsWith(Key(cell), StringComparison.Ordinal));

    public void Add(Cell cell, Measurement measurement)
    {
        // Another run may have added rows in the meantime.
        Read();
        var line = Key(cell) + string.Join(',', measurement.Values);
        lines.Add(line);
        AtomicFile.WriteText(path, string.Join('\n', [Header, .. lines, string.Empty]));
        Console.WriteLine(line);
    }

    private static string Key(Cell cell)
    {
        if (cell.Values.FirstOrDefault(value => value.AsSpan().ContainsAny(",\"\n")) is { } value)
        {
            throw new CassInputException($"'{value}' cannot stand in the results, since it has a comma, a quotation mark or a line break; rename it.");
        }

        return string.Join(',', cell.Values) + ",";
    }

    private void Read()
    {
        if (!File.Exists(path))
        {
            return;
        }

        var all = File.ReadAllLines(path);
        if (all.Length > 0 && !string.Equals(all[0], Header, StringComparison.Ordinal))
        {
            throw new CassInputException($"'{path}' has other columns than the results have now; give another --output. Its first line is '{all[0]}', and '{Header}' is expected.");
        }

        lines = [.. all.Skip(1).Where(line => line.Length > 0)];
        if (lines.FirstOrDefault(line => line.Count(c => c == ',') != Columns.Count - 1) is { } broken)
        {
            throw new CassInputException($"'{path}' has a row that does not have {Columns.Count} fields: '{broken}'. Remove it, or give another --output.");
        }
    }
}
