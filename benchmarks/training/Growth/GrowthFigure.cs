using ScottPlot;

namespace Cass.Training.Benchmarks;

/// <summary>Series of growth as a picture: time and memory against work, both in logarithms, each beside a line that grows as the work does.</summary>
internal static class GrowthFigure
{
    private const int Width = 1000;
    private const int Height = 560;
    private const float TextSize = 15;
    private static readonly int[] Digits = [1, 2, 5];
    private static readonly Color Time = Color.FromHex("#1f5fa8");
    private static readonly Color Memory = Color.FromHex("#c2571a");

    public static void Write(GrowthSeries series, string path)
    {
        using var plot = new Plot();
        Add(plot, series, point => point.Milliseconds, "milliseconds", Time);
        Add(plot, series, point => point.Megabytes, "peak memory, MB", Memory);
        plot.Axes.Left.TickGenerator = Ticks();
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericManual([.. series.Points.Select(point => Math.Log10(point.Work))], [.. series.Points.Select(point => $"{point.Value}")]);
        plot.Axes.Bottom.Label.Text = series.What;
        plot.Axes.Title.Label.Text = series.Title;
        foreach (var axis in (IAxis[])[plot.Axes.Left, plot.Axes.Bottom])
        {
            (axis.TickLabelStyle.FontSize, axis.Label.FontSize) = (TextSize, TextSize);
        }

        plot.Axes.Title.Label.FontSize = TextSize + 1;
        plot.Legend.FontSize = TextSize;
        plot.ShowLegend(Edge.Right);
        plot.SavePng(path, Width, Height);
    }

    private static void Add(Plot plot, GrowthSeries series, Func<GrowthSeries.Point, double> of, string title, Color color)
    {
        double[] work = [.. series.Points.Select(point => Math.Log10(point.Work))];
        var line = plot.Add.Scatter(work, [.. series.Points.Select(point => Math.Log10(of(point)))], color);
        line.LegendText = title;

        // Through the last point, where the work counts most.
        var last = Math.Log10(of(series.Points[^1]));
        var asWork = plot.Add.Line(work[0], last - (work[^1] - work[0]), work[^1], last);
        (asWork.LinePattern, asWork.Color, asWork.MarkerSize, asWork.LegendText) = (LinePattern.Dotted, color, 0, "in proportion");
    }

    private static ScottPlot.TickGenerators.NumericManual Ticks()
    {
        double[] numbers = [.. Enumerable.Range(0, 7).SelectMany(power => Digits.Select(digit => digit * Math.Pow(10, power)))];
        return new([.. numbers.Select(Math.Log10)], [.. numbers.Select(number => number.ToString("N0", System.Globalization.CultureInfo.InvariantCulture))]);
    }
}
