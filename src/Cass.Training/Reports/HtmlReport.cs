using System.Globalization;
using System.Net;
using System.Text;

namespace Cass.Training;

/// <summary>A run's report as one HTML file that loads nothing.</summary>
internal static class HtmlReport
{
    // Tables longer than this are folded away.
    private const int LongTable = 40;

    // A matrix with more columns, or with longer names, has its headings turned.
    private const int WideMatrix = 8;
    private const int LongName = 14;

    private const string Style = """
        :root { color-scheme: light; }
        body { font: 16px/1.5 system-ui, sans-serif; color: #1b1b1b; background: #fff; max-width: 1340px; margin: 2rem auto; padding: 0 1rem; }
        h1 { margin-bottom: 0; } h2 { margin-top: 2.5rem; border-bottom: 1px solid #ccc; }
        h1, h2, h3, p, th, td { unicode-bidi: plaintext; } h1, h2, p, .text { overflow-wrap: anywhere; } h3 { margin: 1.5rem 0 .25rem; font-size: 1rem; }
        .note { margin: .25rem 0; color: #444; font-size: 14px; }
        table { border-collapse: collapse; margin: .5rem 0 1rem; }
        th, td { border: 1px solid #ccc; padding: .25rem .6rem; text-align: right; white-space: nowrap; } th { background: #f2f2f2; }
        tr > .text { text-align: left; white-space: normal; min-width: 6rem; max-width: 20rem; }
        .matrix th, .matrix td { padding: .2rem .35rem; } .matrix td { font-variant-numeric: tabular-nums; }
        .matrix .turned { vertical-align: bottom; text-align: left; }
        .turned span { writing-mode: vertical-rl; text-orientation: sideways; transform: rotate(180deg); max-height: 11rem; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; }
        .charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 480px), 1fr)); gap: 1rem; margin: 1rem 0; }
        .charts svg { box-sizing: border-box; border: 1px solid #ddd; width: 100%; height: auto; }
        .wide { overflow-x: auto; } summary { cursor: pointer; font-weight: 600; margin: .75rem 0; }
        .samples { display: flex; flex-wrap: wrap; gap: 1rem; } figure { margin: 0; width: 150px; font-size: 13px; overflow-wrap: anywhere; }
        figure img { width: 128px; height: 128px; object-fit: contain; background: #000; border: 3px solid #009e73; } figure.wrong img { border-color: #d55e00; }
        .pictures { display: flex; flex-wrap: wrap; gap: 1.5rem; } .pictures figure { width: auto; max-width: 100%; }
        .pictures figure img { width: auto; height: auto; max-width: 100%; box-sizing: border-box; background: #fff; }
        .verdict { padding: .5rem 1rem; border-left: 6px solid #009e73; background: #f2f8f6; } .verdict.bad { border-color: #d55e00; background: #fdf3ec; }
        .folded td.text { max-width: 50rem; font-family: ui-monospace, monospace; font-size: 13px; }
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
            var alarming = report.Pretraining[^1].Verdict > Metrics.CollapseVerdict.Healthy;
            html.Append(CultureInfo.InvariantCulture, $"<h2>Pretraining</h2>\n<p class=\"verdict{(alarming ? " bad" : string.Empty)}\">{Encoded(ReportTables.Verdict(report))}</p>\n");
            Charts("pretraining");
            Append(html, ReportTables.Pretraining(report));
        }

        foreach (var network in report.Networks)
        {
            html.Append(CultureInfo.InvariantCulture, $"<h2>{Encoded(network.Evaluation.Network)}</h2>\n");
            Charts(network.Evaluation.Network);
            var classes = ReportTables.Classes(network);
            Append(html, classes, folded: classes.Rows.Count > LongTable);
            if (ReportTables.Confusion(network) is { } confusion)
            {
                Matrix(html, confusion);
            }

            if (ReportTables.Confused(network) is { } confused)
            {
                Append(html, confused);
            }

            Samples(html, "Wrong, the surest first", network.Wrong, "wrong");
            Samples(html, "Right, from the surest to the least sure", network.Right, "right");
        }

        foreach (var section in report.Sections)
        {
            Pictures(html, section);
        }

        Append(html, new("Settings", ["Setting", "Value"], [.. report.Settings().Select(s => (IReadOnlyList<string>)[s.Name, s.Value])], Texts: 2), folded: true, style: "folded");
        Append(html, new("Environment", ["", ""], [.. report.Machine().Select(s => (IReadOnlyList<string>)[s.Name, s.Value])], Texts: 2), folded: true, style: "folded");
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

    private static void Append(StringBuilder html, ReportTables.Table table, bool folded = false, string? style = null)
    {
        Begin(html, table, folded, style);
        Row(table.Columns, "th");
        foreach (var row in table.Rows)
        {
            Row(row, "td");
        }

        End(html, folded);

        void Row(IEnumerable<string> cells, string element) =>
            html.Append("<tr>").AppendJoin(string.Empty, cells.Select((cell, i) => $"<{element}{(i < table.Texts ? " class=\"text\"" : string.Empty)}>{Encoded(cell)}</{element}>")).Append("</tr>\n");
    }

    private static void Matrix(StringBuilder html, ReportTables.Table table)
    {
        var turned = table.Rows.Count > WideMatrix || table.Columns.Any(name => name.Length > LongName);
        Begin(html, table, folded: false, "matrix");
        html.Append("<tr>").AppendJoin(string.Empty, table.Columns.Select(name => turned ? $"<th class=\"turned\" title=\"{Encoded(name)}\"><span>{Encoded(name)}</span></th>" : $"<th>{Encoded(name)}</th>")).Append("</tr>\n");
        foreach (var row in table.Rows)
        {
            var sum = Math.Max(1, row.Skip(1).Sum(Count));
            html.Append(CultureInfo.InvariantCulture, $"<tr><th class=\"text\">{Encoded(row[0])}</th>").AppendJoin(string.Empty, row.Skip(1).Select(cell => Shaded(cell, Count(cell) / sum))).Append("</tr>\n");
        }

        End(html, folded: false);
    }

    /// <summary>A heading above the table, not a caption: that would be no wider than the table.</summary>
    private static void Begin(StringBuilder html, ReportTables.Table table, bool folded, string? style)
    {
        html.Append(folded ? $"<details>\n<summary>{Encoded(table.Name)} ({table.Rows.Count:N0})</summary>\n" : $"<h3>{Encoded(table.Name)}</h3>\n");
        if (table.Note is { } note)
        {
            html.Append(CultureInfo.InvariantCulture, $"<p class=\"note\">{Encoded(note)}</p>\n");
        }

        html.Append(CultureInfo.InvariantCulture, $"<div class=\"wide\">\n<table{(style is null ? string.Empty : $" class=\"{style}\"")} aria-label=\"{Encoded(table.Name)}\">\n");
    }

    private static void End(StringBuilder html, bool folded) => html.Append(folded ? "</table>\n</div>\n</details>\n" : "</table>\n</div>\n");

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
            html.Append(CultureInfo.InvariantCulture, $"<figure class=\"{kind}\">{picture}<figcaption><bdi>{Encoded(Path.GetFileName(sample.Name))}</bdi><br>is <bdi>{Encoded(sample.Truth)}</bdi><br>predicted <bdi>{Encoded(sample.Predicted)}</bdi>, {sample.Probability:0.00}</figcaption></figure>\n");
        }

        html.Append("</div>\n");
    }

    private static void Pictures(StringBuilder html, ReportSection section)
    {
        html.Append(CultureInfo.InvariantCulture, $"<h2>{Encoded(section.Title)}</h2>\n");
        if (section.Note is { } note)
        {
            html.Append(CultureInfo.InvariantCulture, $"<p class=\"note\">{Encoded(note)}</p>\n");
        }

        html.Append("<div class=\"pictures\">\n");
        foreach (var picture in section.Pictures)
        {
            html.Append(CultureInfo.InvariantCulture, $"<figure{(picture.IsWrong ? " class=\"wrong\"" : string.Empty)}><img src=\"data:image/png;base64,{Convert.ToBase64String(picture.Png.Span)}\" alt=\"{Encoded(picture.Caption)}\"><figcaption><bdi>{Encoded(picture.Caption)}</bdi></figcaption></figure>\n");
        }

        html.Append("</div>\n");
    }

    private static string Encoded(string text) => WebUtility.HtmlEncode(text);
}
