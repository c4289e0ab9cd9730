using System.Globalization;
using System.Net;
using System.Text;

namespace Cass.Training;

/// <summary>A run's report as one HTML file that loads nothing.</summary>
internal static class HtmlReport
{
    private const string Style = """
        :root { color-scheme: light; }
        body { font: 16px/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; max-width: 1340px; margin: 2rem auto; padding: 0 1rem; }
        h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; border-bottom: 1px solid #ccc; }
        table { border-collapse: collapse; margin: .5rem 0 1rem; } caption { text-align: left; font-weight: 600; padding: .25rem 0; }
        th, td { border: 1px solid #ccc; padding: .25rem .6rem; text-align: right; } th { background: #f2f2f2; } tr > :first-child { text-align: left; }
        .charts { display: flex; flex-wrap: wrap; gap: 1rem; } .charts svg { border: 1px solid #ddd; max-width: 100%; height: auto; }
        .wide { overflow-x: auto; }
        .samples { display: flex; flex-wrap: wrap; gap: 1rem; } figure { margin: 0; width: 150px; font-size: 13px; overflow-wrap: anywhere; }
        figure img { width: 128px; height: 128px; object-fit: contain; background: #000; border: 3px solid #009e73; } figure.wrong img { border-color: #d55e00; }
        .verdict { padding: .5rem 1rem; border-left: 6px solid #009e73; background: #f2f8f6; } .verdict.bad { border-color: #d55e00; background: #fdf3ec; }
        details td { text-align: left; font-family: ui-monospace, monospace; font-size: 13px; }
        """;

    public static string Write(RunReport report, IReadOnlyDictionary<string, LineChart> charts)
    {
        var html = new StringBuilder();
        html.Append(CultureInfo.InvariantCulture, $"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{Encoded(report.Title)}</title>\n<style>\n{Style}\n</style>\n</head>\n<body>\n<h1>{Encoded(report.Title)}</h1>\n");
        html.Append(CultureInfo.InvariantCulture, $"<p>{Encoded(report.Note is null ? string.Empty : report.Note + " ")}{report.Environment.Time:yyyy-MM-dd HH:mm zzz}, {Encoded(report.Environment.Device)}, CASS {Encoded(report.Environment.Cass)}</p>\n");
        if (report.Networks.Count > 0)
        {
            Append(html, ReportTables.Networks(report));
        }

        foreach (var table in ReportTables.OfDuplicates(report))
        {
            Append(html, table);
        }

        if (report.Pretraining.Count > 0)
        {
            var healthy = report.Pretraining[^1].Verdict == Metrics.CollapseVerdict.Healthy;
            html.Append(CultureInfo.InvariantCulture, $"<h2>Pretraining</h2>\n<p class=\"verdict{(healthy ? string.Empty : " bad")}\">{Encoded(ReportTables.Verdict(report))}</p>\n");
            Charts("pretraining");
            Append(html, ReportTables.Pretraining(report));
        }

        foreach (var network in report.Networks)
        {
            html.Append(CultureInfo.InvariantCulture, $"<h2>{Encoded(network.Evaluation.Network)}</h2>\n");
            Charts(network.Evaluation.Network);
            Append(html, ReportTables.Classes(network));
            if (ReportTables.Confusion(network) is { } confusion)
            {
                Append(html, confusion, shaded: true);
            }

            Samples(html, "Wrong, the surest first", network.Wrong, "wrong");
            Samples(html, "Right, from the surest to the least sure", network.Right, "right");
        }

        Append(html, new("Settings", ["Setting", "Value"], [.. report.Settings().Select(s => (IReadOnlyList<string>)[s.Name, s.Value])]), folded: true);
        Append(html, new("Environment", ["", ""], [.. report.Machine().Select(s => (IReadOnlyList<string>)[s.Name, s.Value])]), folded: true);
        return html.Append("</body>\n</html>\n").ToString();

        void Charts(string prefix)
        {
            html.Append("<div class=\"charts\">\n");
            foreach (var (_, chart) in charts.Where(chart => chart.Key.StartsWith(prefix + "-", StringComparison.Ordinal)))
            {
                html.Append(chart.ToSvg());
            }

            html.Append("</div>\n");
        }
    }

    private static void Append(StringBuilder html, ReportTables.Table table, bool folded = false, bool shaded = false)
    {
        html.Append(folded ? $"<details>\n<summary>{Encoded(table.Name)}</summary>\n<div class=\"wide\">\n<table>\n" : $"<div class=\"wide\">\n<table>\n<caption>{Encoded(table.Name)}</caption>\n");
        html.Append("<tr>").AppendJoin(string.Empty, table.Columns.Select(column => $"<th>{Encoded(column)}</th>")).Append("</tr>\n");
        foreach (var row in table.Rows)
        {
            var sum = shaded ? row.Skip(1).Sum(Count) : 0;
            html.Append("<tr>").AppendJoin(string.Empty, row.Select((cell, i) => i > 0 && sum > 0 ? Shaded(cell, Count(cell) / sum) : i == 0 && shaded ? $"<th>{Encoded(cell)}</th>" : $"<td>{Encoded(cell)}</td>")).Append("</tr>\n");
        }

        html.Append(folded ? "</table>\n</div>\n</details>\n" : "</table>\n</div>\n");
    }

    /// <summary>A cell of a confusion matrix, the darker the larger its share of the row.</summary>
    private static string Shaded(string cell, double share) => string.Create(
        CultureInfo.InvariantCulture,
        $"<td style=\"background: rgb(0 114 178 / {share:0.00}); color: {(share > 0.55 ? "#fff" : "#1b1b1b")}\">{Encoded(cell)}</td>");

    private static double Count(string cell) => double.Parse(cell, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);

    private static void Samples(StringBuilder html, string name, IReadOnlyList<SamplePrediction> samples, string kind)
    {
        if (samples.Count == 0)
        {
            return;
        }

        html.Append(CultureInfo.InvariantCulture, $"<h3>{Encoded(name)}</h3>\n<div class=\"samples\">\n");
        foreach (var sample in samples)
        {
            var picture = Thumbnail.DataUri(sample.Image) is { } uri ? $"<img src=\"{uri}\" alt=\"{Encoded(sample.Name)}\">" : "(cannot be read)";
            html.Append(CultureInfo.InvariantCulture, $"<figure class=\"{kind}\">{picture}<figcaption>{Encoded(Path.GetFileName(sample.Name))}<br>is {Encoded(sample.Truth)}<br>predicted {Encoded(sample.Predicted)}, {sample.Probability:0.00}</figcaption></figure>\n");
        }

        html.Append("</div>\n");
    }

    private static string Encoded(string text) => WebUtility.HtmlEncode(text);
}
