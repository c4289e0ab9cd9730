using System.Globalization;
using System.Text;

namespace Cass.Training;

/// <summary>A run's report in Markdown.</summary>
internal static class MarkdownReport
{
    public static string Write(RunReport report, IReadOnlyDictionary<string, LineChart> charts)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# {Escaped(report.Title)}\n");
        if (report.Note is { } note)
        {
            text.Append(CultureInfo.InvariantCulture, $"{Escaped(note)}\n\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"{report.Environment.Time:yyyy-MM-dd HH:mm zzz}, {report.Environment.Device}, CASS {report.Environment.Cass}\n");
        if (report.Networks.Count > 0)
        {
            Append(text, "##", ReportTables.Networks(report));
        }

        foreach (var table in ReportTables.OfDuplicates(report))
        {
            Append(text, "##", table);
        }

        if (report.Pretraining.Count > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## Pretraining\n{ReportTables.Verdict(report)}\n");
            Pictures("pretraining");
            Append(text, "###", ReportTables.Pretraining(report));
        }

        foreach (var network in report.Networks)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {network.Evaluation.Network}\n");
            Pictures(network.Evaluation.Network);
            Append(text, "###", ReportTables.Classes(network));
            if (ReportTables.Confusion(network) is { } confusion)
            {
                Append(text, "###", confusion);
            }

            if (ReportTables.Confused(network) is { } confused)
            {
                Append(text, "###", confused);
            }

            List(text, "Wrong, the surest first", network.Wrong);
        }

        foreach (var section in report.Sections)
        {
            Append(text, "##", new(section.Title, ["Pictures of report.html"], [.. section.Pictures.Select(picture => (IReadOnlyList<string>)[picture.Caption])], Note: section.Note));
        }

        Append(text, "##", new("Settings", ["Setting", "Value"], [.. report.Settings().Select(s => (IReadOnlyList<string>)[s.Name, s.Value])]));
        Append(text, "##", new("Environment", ["", ""], [.. report.Machine().Select(s => (IReadOnlyList<string>)[s.Name, s.Value])]));
        return text.ToString();

        void Pictures(string prefix)
        {
            foreach (var name in charts.Keys.Where(name => name.StartsWith(prefix + "-", StringComparison.Ordinal)))
            {
                text.Append(CultureInfo.InvariantCulture, $"\n![{name}](charts/{name}.svg)\n");
            }
        }
    }

    private static void Append(StringBuilder text, string level, ReportTables.Table table)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n{level} {table.Name}\n");
        Row(table.Columns);
        Row(table.Columns.Select((_, i) => i < table.Texts ? "---" : "---:"), escape: false);
        foreach (var row in table.Rows)
        {
            Row(row);
        }

        if (table.Note is { } note)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{Escaped(note)}\n");
        }

        void Row(IEnumerable<string> cells, bool escape = true) => text.Append("| ").AppendJoin(" | ", cells.Select(cell => escape ? Escaped(cell) : cell)).Append(" |\n");
    }

    private static void List(StringBuilder text, string name, IReadOnlyList<SamplePrediction> samples)
    {
        if (samples.Count > 0)
        {
            Append(text, "###", new(name, ["Image", "Is", "Predicted", "Probability"], [.. samples.Select(s => (IReadOnlyList<string>)[s.Name, s.Truth, s.Predicted, s.Probability.ToString("0.000", CultureInfo.InvariantCulture)])], Texts: 3));
        }
    }

    private static string Escaped(string text) => text
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("|", "\\|", StringComparison.Ordinal)
        .Replace("[", "\\[", StringComparison.Ordinal)
        .Replace("&", "&amp;", StringComparison.Ordinal)
        .Replace("<", "&lt;", StringComparison.Ordinal)
        .Replace("_", "\\_", StringComparison.Ordinal)
        .Replace("*", "\\*", StringComparison.Ordinal)
        .Replace("`", "\\`", StringComparison.Ordinal)
        .ReplaceLineEndings(" ");
}
