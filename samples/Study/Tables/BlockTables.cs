using System.Globalization;
using System.Text;
using Cass.Metrics;
using Study.Images;
using Study.Results;

namespace Study.Tables;

/// <summary>The tables of a block: scores, collapse and cost, comparisons, and robustness where one setting varies.</summary>
internal static class BlockTables
{
    private const double Level = 0.05;
    private static readonly string[] Networks = ["cnn", "vit"];

    public static string Of(BlockResults block, ScoredImages? images)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"## {block.Block.Name}\n{block.Block.Question}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{block.Count - block.Missing.Count} of {block.Count} cells are measured.");
        text.Append(block.Rows.Any(IsUntuned) ? " Rows marked * are *untuned*: their rate is the library's default.\n\n" : "\n\n");
        if (block.Rows.All(row => row.Results.Count == 0))
        {
            return text.ToString();
        }

        text.Append(Scores(block)).Append('\n');
        text.Append(Pretraining(block));
        text.Append(Comparisons(block, images));
        text.Append(Robustness(block));
        return text.ToString();
    }

    private static bool IsUntuned(Row row) => row.Cell.Rate is null && row.Cell.Budget > 0 && !Methods.StudyMethod.Parse(row.Cell.Method).HasRatesOfItsOwn;

    private static string Scores(BlockResults block)
    {
        var table = new MarkdownTable([.. block.Axes.Select(axis => axis.Name), "network", "seeds", "macro-F1 (argmax)", "accuracy", "F1 at 0.5", "F1 of the notebook", "AUROC", "calibration error", .. HasTest(block) ? ["macro-F1, test", "macro-F1, clean test"] : Array.Empty<string>()]);
        foreach (var row in block.Rows.Where(row => row.Results.Count > 0))
        {
            foreach (var network in Networks)
            {
                string[] tests = HasTest(block) ? [OfSet(row, network, "test"), OfSet(row, network, "clean-test")] : [];
                table.Add(
                [
                    .. Labels(block, row),
                    network,
                    Text(row.Results.Count),
                    Mean(row.Of(network, f => f.MacroF1)),
                    Mean(row.Of(network, f => f.Accuracy)),
                    Mean(row.Of(network, f => f.F1)),
                    Mean(row.Of(network, f => f.NotebookF1)),
                    Mean(row.Of(network, f => f.Auroc)),
                    Mean(row.Of(network, f => f.CalibrationError)),
                    .. tests,
                ]);
            }
        }

        return table.ToString();
    }

    private static bool HasTest(BlockResults block) => block.Rows.SelectMany(row => row.Results.Values).Any(result => result.Networks.Values.Any(network => network.Scores.ContainsKey("test")));

    private static string OfSet(Row row, string network, string set) =>
        Mean([.. row.Results.Values.Select(result => result.Networks[network].Scores.GetValueOrDefault(set)).OfType<Figures>().Select(figures => figures.MacroF1)]);

    private static string Pretraining(BlockResults block)
    {
        var table = new MarkdownTable([.. block.Axes.Select(axis => axis.Name), "seconds of pretraining", "images/s", "last loss", "last spread, CNN", "last spread, transformer", "verdict", "peak memory, MiB"]);
        foreach (var row in block.Rows.Where(row => row.Results.Values.Any(result => result.Pretraining.Count > 0)))
        {
            CellResult[] results = [.. row.Results.Values];
            double[] losses = [.. results.SelectMany(result => result.Pretraining.Values).Select(run => run[^1].Loss)];
            var own = results.Where(result => result.Pretrained).Select(result => result.PeakMemory).ToArray();
            table.Add(
            [
                .. Labels(block, row),
                Mean([.. results.Select(result => result.PretrainingSeconds())], "0"),
                Mean([.. results.SelectMany(result => result.Pretraining.Values).Select(run => run.Average(epoch => epoch.ImagesPerSecond))], "0.0"),
                Mean(losses, "0.####"),
                Mean(Spread(results, "cnn", "cnn"), "0.000"),
                Mean(Spread(results, "vit", "transformer"), "0.000"),
                string.Join(", ", results.SelectMany(result => result.Pretraining.Values).Select(run => run[^1].Verdict).CountBy(verdict => verdict, StringComparer.Ordinal).Select(verdict => $"{verdict.Key} {verdict.Value}")),
                own.Length == 0 ? "–" : Mean(own, "0"),
            ]);
        }

        return table.IsEmpty ? string.Empty : $"{table}\n";
    }

    /// <summary>Of a run of the pair, by the network's name in it; of a run of one network, the only one.</summary>
    private static double[] Spread(CellResult[] results, string run, string network) =>
        [.. results.SelectMany(result => result.Pretraining).Where(pair => pair.Key is "pair" || string.Equals(pair.Key, run, StringComparison.Ordinal)).Select(pair => pair.Value[^1].Spread).Select(spread => spread.Count == 1 ? spread.Values.Single() : spread[network])];

    private static string Comparisons(BlockResults block, ScoredImages? images)
    {
        Comparison[] comparisons = [.. block.Rows
            .SelectMany(row => block.BaselinesOf(row).Select(baseline => (row, baseline)))
            .DistinctBy(pair => string.Join('|', new[] { block.LabelOf(pair.row), block.LabelOf(pair.baseline) }.Order(StringComparer.Ordinal)), StringComparer.Ordinal)
            .SelectMany(pair => Networks.Select(network => Comparison.Of(pair.row, pair.baseline, network, images)))
            .OfType<Comparison>()];
        if (comparisons.Length == 0)
        {
            return string.Empty;
        }

        var tested = comparisons.Where(comparison => comparison.PValue is not null).ToArray();
        var adjusted = tested.Zip(HolmCorrection.Adjust([.. tested.Select(comparison => comparison.PValue!.Value)])).ToDictionary(pair => pair.First, pair => pair.Second);
        var table = new MarkdownTable("what", "against", "network", "seeds", "difference, points of macro-F1", "95 % interval", "p", "p, Holm", "reading");
        foreach (var comparison in comparisons)
        {
            var difference = 100 * comparison.Difference.Average();
            table.Add(
                block.LabelOf(comparison.Row),
                block.LabelOf(comparison.Baseline),
                comparison.Network,
                Text(comparison.Difference.Count),
                difference.ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture),
                comparison.Interval is { } interval ? string.Create(CultureInfo.InvariantCulture, $"{100 * interval.Lower:+0.0;-0.0;0.0} to {100 * interval.Upper:+0.0;-0.0;0.0}") : "–",
                comparison.PValue?.ToString("0.000", CultureInfo.InvariantCulture) ?? "–",
                comparison.PValue is null ? "–" : adjusted[comparison].ToString("0.000", CultureInfo.InvariantCulture),
                Reading(comparison, comparison.PValue is null ? null : adjusted[comparison]));
        }

        return $"Differences, paired by seed; the interval is over seeds and clusters of images. With fewer than six seeds nothing is tested.\n\n{table}\n";
    }

    private static string Reading(Comparison comparison, double? adjusted)
    {
        if (comparison.Interval is not { } interval)
        {
            return "one seed";
        }

        if (interval.Lower <= 0 && interval.Upper >= 0)
        {
            return "within noise";
        }

        var direction = interval.Lower > 0 ? "more" : "less";
        return adjusted switch
        {
            null => $"{direction}; too few seeds for a test",
            < Level => $"{direction}, significant",
            _ => $"{direction}, not significant",
        };
    }

    private static string Robustness(BlockResults block)
    {
        var varied = block.Axes.Where(axis => axis.Name is "batch" or "budget").ToArray();
        if (varied.Length != 1 || block.Rows.Select(row => varied[0].Value(row.Cell)).Distinct(StringComparer.Ordinal).Count() < 3)
        {
            return string.Empty;
        }

        var table = new MarkdownTable("method", "network", "seeds with all values", "mean macro-F1", $"range over {varied[0].Name}, mean over seeds");
        foreach (var group in block.Rows.GroupBy(row => row.Cell.Method, StringComparer.Ordinal))
        {
            long[] seeds = [.. group.Select(row => row.Seeds).Aggregate((a, b) => a.Intersect(b))];
            foreach (var network in Networks.Where(_ => seeds.Length > 0))
            {
                double[][] scores = [.. seeds.Select(seed => group.Select(row => row.Scored(network, seed).MacroF1).ToArray())];
                table.Add(group.Key, network, Text(seeds.Length), Mean([.. scores.Select(values => values.Average())]), Mean([.. scores.Select(values => values.Max() - values.Min())]));
            }
        }

        return table.IsEmpty ? string.Empty : $"{table}\n";
    }

    private static IEnumerable<string> Labels(BlockResults block, Row row) => block.Axes.Select((axis, i) => axis.Value(row.Cell) + (i == 0 && IsUntuned(row) ? " *" : string.Empty));

    private static string Mean(double[] values, string format = "0.000")
    {
        if (values.Length == 0)
        {
            return "–";
        }

        var mean = values.Average();
        var text = mean.ToString(format, CultureInfo.InvariantCulture);
        return values.Length == 1 ? text : $"{text} ± {Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1)).ToString(format, CultureInfo.InvariantCulture)}";
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
