using Cass.Metrics;
using ScottPlot;
using Study.Images;

namespace Study.Tables;

/// <summary>
/// A block as a picture: a row for each method, the macro-F1 of each seed as a small dot, the mean as a large one, and its 95 %
/// interval over seeds and clusters of images as a line.
/// </summary>
internal static class BlockFigure
{
    private const int Width = 1200;
    private const int RowHeight = 44;
    private const int Margins = 150;
    private const float TextSize = 15;
    private static readonly (string Network, string Title, Color Color)[] Networks =
    [
        ("cnn", "CNN", Color.FromHex("#1f5fa8")),
        ("vit", "transformer", Color.FromHex("#c2571a")),
    ];

    public static void Write(BlockResults block, ScoredImages? images, string path)
    {
        Row[] rows = [.. block.Rows.Where(row => row.Results.Count > 0)];
        if (rows.Length == 0)
        {
            return;
        }

        using var plot = new Plot();
        for (var network = 0; network < Networks.Length; network++)
        {
            var (name, title, color) = Networks[network];
            for (var i = 0; i < rows.Length; i++)
            {
                // The first row is at the top.
                var y = rows.Length - 1 - i + (network == 0 ? 0.15 : -0.15);
                Draw(plot, rows[i], name, y, color, images);
            }

            var key = plot.Add.Marker(0, -10, MarkerShape.FilledCircle, 10, color);
            key.LegendText = title;
        }

        // Means over other seeds are not to be read beside each other as if they were over the same.
        var differ = rows.Select(row => row.Results.Count).Distinct().Count() > 1;
        string[] labels = [.. rows.Select(row => differ ? $"{block.LabelOf(row)} ({row.Results.Count} {(row.Results.Count == 1 ? "seed" : "seeds")})" : block.LabelOf(row)).Reverse()];
        plot.Axes.Left.TickGenerator = new ScottPlot.TickGenerators.NumericManual([.. Enumerable.Range(0, rows.Length).Select(i => (double)i)], labels);
        plot.Axes.Left.TickLabelStyle.FontSize = TextSize;
        plot.Axes.Bottom.TickLabelStyle.FontSize = TextSize;
        plot.Axes.Bottom.Label.FontSize = TextSize;
        plot.Axes.Bottom.Label.Text = $"macro-F1 on the {Row.SetOf(rows[0].Cell.Score)} images";
        plot.Axes.Title.Label.Text = block.Block.Question;
        plot.Axes.Title.Label.FontSize = TextSize + 1;
        plot.Axes.SetLimits(0, 1, -0.6, rows.Length - 0.4);
        plot.Legend.FontSize = TextSize;
        plot.ShowLegend(Edge.Right);
        plot.SavePng(path, Width, Margins + (RowHeight * rows.Length));
    }

    private static void Draw(Plot plot, Row row, string network, double y, Color color, ScoredImages? images)
    {
        double[] scores = row.Of(network, figures => figures.MacroF1);
        if (IntervalOf(row, network, images) is { } interval)
        {
            var line = plot.Add.Line(interval.Lower, y, interval.Upper, y);
            (line.LineWidth, line.Color, line.MarkerSize) = (2, color, 0);
        }

        foreach (var score in scores)
        {
            plot.Add.Marker(score, y, MarkerShape.OpenCircle, 6, color);
        }

        plot.Add.Marker(scores.Average(), y, MarkerShape.FilledCircle, 10, color);
    }

    private static ConfidenceInterval? IntervalOf(Row row, string network, ScoredImages? images)
    {
        long[] seeds = [.. row.Seeds];
        string?[] answers = [.. seeds.Select(seed => row.Results[seed].Networks[network].Answers)];
        if (images is null || seeds.Length < 2 || answers.Any(answer => answer is null))
        {
            return null;
        }

        var known = row.Cell.Score == Cells.ScoredPart.HeldOut ? images.HeldOut : images.Validation;
        var score = new MacroF1(known.Truth, images.Classes.Count);
        return Bootstrap.IntervalOverRuns(seeds.Length, known.Truth.Length, (runs, cases) => runs.Average(run => score.Of(answers[run]!, cases)), [.. known.Clusters.Select(cluster => $"{cluster}")]);
    }
}
