using System.Globalization;
using System.Text;
using Cass.Metrics;
using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace Cass.Quality.Benchmarks;

/// <summary>The results as Markdown: mean and standard deviation of F1 over the seeds, and the gain over no pretraining on the same seeds, with its interval.</summary>
internal static class SummaryTable
{
    private const int LeastTested = 6;

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
                Gain(gains),
                string.Join(", ", verdicts.Select(verdict => $"{verdict.Key} {verdict.Value}")),
                group.Average(row => double.Parse(row["fine_tuning_seconds"], CultureInfo.InvariantCulture)).ToString("0", CultureInfo.InvariantCulture),
            ]));
        }

        return table.ToString();
    }

    /// <summary>
    /// The mean gain in points with its 95 % interval over the seeds by Student's t, and with six seeds or more the p-value of the sign-flip test; with fewer seeds none can
    /// be below 0.05.
    /// </summary>
    private static string Gain(double[] gains)
    {
        if (gains.Length == 0)
        {
            return string.Empty;
        }

        var (mean, deviation) = (100 * gains.Average(), 100 * Statistics.StandardDeviation(gains));
        if (gains.Length == 1)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{mean:+0.0;-0.0}");
        }

        var half = StudentT.InvCDF(0, 1, gains.Length - 1, 0.975) * deviation / Math.Sqrt(gains.Length);
        var test = gains.Length < LeastTested ? string.Empty : string.Create(CultureInfo.InvariantCulture, $", p {SignFlipTest.Of(gains).PValue:0.000}");
        return string.Create(CultureInfo.InvariantCulture, $"{mean:+0.0;-0.0} ({mean - half:+0.0;-0.0} to {mean + half:+0.0;-0.0}{test})");
    }

    private static string Line(IEnumerable<string> fields) => $"| {string.Join(" | ", fields)} |";

    private static string Mean(double[] values)
    {
        var mean = values.Average();
        return values.Length == 1
            ? mean.ToString("0.0000", CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{mean:0.0000} ± {Statistics.StandardDeviation(values):0.0000}");
    }
}
