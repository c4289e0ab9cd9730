using System.Globalization;
using System.Text;

namespace Cass.Quality.Benchmarks;

/// <summary>The results as Markdown: mean and standard deviation of F1 over the seeds, and the gain over no pretraining on the same seeds.</summary>
internal static class SummaryTable
{
    private static readonly string[] OfMethod = ["method", "pretraining_epochs"];

    public static string Of(IEnumerable<ResultRow> results)
    {
        ResultRow[] rows = [.. results];
        var without = rows.Where(row => row["method"] is PretrainingMethod.None).ToLookup(row => row.KeyWithout(OfMethod), StringComparer.Ordinal);
        string[] shown = [.. Cell.Columns.Where(column => column is not "seed" && rows.Select(row => row[column]).Distinct(StringComparer.Ordinal).Count() > 1)];
        var table = new StringBuilder();
        foreach (var column in Cell.Columns.Except(shown, StringComparer.Ordinal).Where(column => column is not "seed"))
        {
            table.Append(CultureInfo.InvariantCulture, $"{column} {(rows.Length == 0 ? "-" : rows[0][column])}; ");
        }

        table.Append("\n\n").AppendLine(Line([.. shown, "seeds", "F1", "gain", "verdicts", "seconds"])).AppendLine(Line([.. Enumerable.Repeat("---", shown.Length + 5)]));
        foreach (var group in rows.GroupBy(row => row.KeyWithout("seed"), StringComparer.Ordinal))
        {
            double[] gains = [.. group.Where(row => row["method"] is not PretrainingMethod.None).SelectMany(row => without[row.KeyWithout(OfMethod)].Select(other => row.F1 - other.F1))];
            var verdicts = group.Select(row => row["verdict"]).Where(verdict => verdict.Length > 0).CountBy(verdict => verdict, StringComparer.Ordinal);
            table.AppendLine(Line(
            [
                .. shown.Select(column => group.First()[column]),
                string.Join(' ', group.Select(row => row["seed"]).Order(StringComparer.Ordinal)),
                Mean([.. group.Select(row => row.F1)]),
                gains.Length == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"{100 * gains.Average():+0.0;-0.0} ({gains.Length})"),
                string.Join(", ", verdicts.Select(verdict => $"{verdict.Key} {verdict.Value}")),
                group.Average(row => double.Parse(row["fine_tuning_seconds"], CultureInfo.InvariantCulture)).ToString("0", CultureInfo.InvariantCulture),
            ]));
        }

        return table.ToString();
    }

    private static string Line(IEnumerable<string> fields) => $"| {string.Join(" | ", fields)} |";

    private static string Mean(double[] values)
    {
        var mean = values.Average();
        return values.Length == 1
            ? mean.ToString("0.0000", CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{mean:0.0000} ± {Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1)):0.0000}");
    }
}
