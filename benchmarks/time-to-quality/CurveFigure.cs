using ScottPlot;

namespace Cass.TimeToQuality.Benchmarks;

/// <summary>F1 on the held-out images over seconds since the start of the process, a line for each way to train; a picture for each network and share of the labels.</summary>
internal static class CurveFigure
{
    private const int Width = 1100;
    private const int Height = 620;
    private const float TextSize = 15;
    private static readonly (string Network, string Title)[] Networks = [("cnn", "CNN"), ("vit", "transformer, after the CNN or beside it")];

    public static void WriteAll(IReadOnlyList<Curve> curves, string folder)
    {
        foreach (var group in curves.GroupBy(curve => curve.Share))
        {
            foreach (var (network, title) in Networks)
            {
                Write([.. group], network, $"{title}, {group.Key} % of the labels", Path.Combine(folder, $"{group.Key}-{network}.png"));
            }
        }
    }

    private static void Write(IReadOnlyList<Curve> curves, string network, string title, string path)
    {
        using var plot = new Plot();
        foreach (var curve in curves)
        {
            Curve.Point[] points = [.. curve.Points.Where(point => string.Equals(point.Network, network, StringComparison.Ordinal))];
            double[] elapsed = [.. points.Select(point => Math.Log10(point.Seconds))];
            double[] scores = [.. points.Select(point => point.F1)];
            var line = plot.Add.Scatter(elapsed, scores);
            (line.LegendText, line.LinePattern) = (curve.Name.Replace('-', ' '), curve.Name.StartsWith("PyTorch", StringComparison.Ordinal) ? LinePattern.Dashed : LinePattern.Solid);
        }

        double[] seconds = [10, 30, 100, 300, 1000, 3000, 10_000];
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericManual([.. seconds.Select(Math.Log10)], [.. seconds.Select(value => $"{value}")]);
        plot.Axes.Bottom.Label.Text = "seconds since the start of the process";
        plot.Axes.Left.Label.Text = "F1 on the held-out images";
        plot.Axes.Title.Label.Text = title;
        foreach (var axis in (IAxis[])[plot.Axes.Left, plot.Axes.Bottom])
        {
            (axis.TickLabelStyle.FontSize, axis.Label.FontSize) = (TextSize, TextSize);
        }

        plot.Axes.Title.Label.FontSize = TextSize + 1;
        plot.Legend.FontSize = TextSize;
        plot.ShowLegend(Edge.Right);
        plot.SavePng(path, Width, Height);
    }
}
