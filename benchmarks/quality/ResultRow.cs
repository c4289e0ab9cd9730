using System.Globalization;

namespace Cass.Quality.Benchmarks;

/// <summary>A row of the results: the settings, then the figures.</summary>
internal sealed class ResultRow(int settings, IReadOnlyList<string> fields)
{
    public string this[string column] => Cell.Columns.Contains(column, StringComparer.Ordinal)
        ? fields[IndexOf(Cell.Columns, column)]
        : fields[settings + IndexOf(Measurement.Columns, column)];

    public double F1 => double.Parse(this["f1"], CultureInfo.InvariantCulture);

    /// <summary>The settings without some of them, which are equal in rows that belong together.</summary>
    public string KeyWithout(params IReadOnlyList<string> columns) =>
        string.Join(',', Cell.Columns.Zip(fields).Where(pair => !columns.Contains(pair.First, StringComparer.Ordinal)).Select(pair => pair.Second));

    private static int IndexOf(IReadOnlyList<string> columns, string column)
    {
        for (var i = 0; i < columns.Count; i++)
        {
            if (string.Equals(columns[i], column, StringComparison.Ordinal))
            {
                return i;
            }
        }

        throw new ArgumentException($"There is no column '{column}'.", nameof(column));
    }
}
