using Cass.Training;
using ScottPlot;
using SkiaSharp;

namespace BrainMri.Results;

/// <summary>The F1 of each class: bars, or curves from the best class to the worst where there are too many for bars.</summary>
internal static class ClassesPanel
{
    private const int MostBars = 60;
    private const float PlotShare = 0.88f;
    private const float BarShare = 0.36f;
    private const float LargestFigure = 14;
    private const float SmallestFigure = 9;

    // Of a figure with two decimals, to the size of its font.
    private const float FigureWidth = 2.2f;

    /// <summary>Sets a plot up.</summary>
    /// <param name="plot">The plot, with its title and names of axes.</param>
    /// <param name="text">Draws names.</param>
    /// <param name="networks">What the networks are called, their scores and colours: two.</param>
    /// <param name="panel">Width and height of the panel in pixels.</param>
    /// <returns>What draws the names once the plot is rendered.</returns>
    public static Action<SKCanvas> Draw(Plot plot, FigureText text, IReadOnlyList<(string Name, EvaluationReport Test, Color Color)> networks, SKSize panel)
    {
        string[] labels = [.. networks[0].Test.Classes.Select(c => c.Label)];
        plot.Axes.Left.SetTicks([0, 0.2, 0.4, 0.6, 0.8, 1], ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        if (labels.Length > MostBars)
        {
            return Curves(plot, networks);
        }

        var room = BarShare * PlotShare * panel.Width / labels.Length;
        var level = Math.Min(LargestFigure, room / FigureWidth);
        var (size, isTurned) = level >= SmallestFigure ? (level, false) : (Math.Min(LargestFigure, room), true);
        foreach (var (n, (_, test, color)) in networks.Index())
        {
            foreach (var (i, ofClass) in test.Classes.Index())
            {
                var position = i + (n == 0 ? -0.2 : 0.2);
                var bar = plot.Add.Bar(position, ofClass.F1);
                bar.Bars[0].Size = BarShare;
                bar.Bars[0].FillColor = color;
                bar.Bars[0].LineWidth = 0;
                if (size >= SmallestFigure)
                {
                    var label = plot.Add.Text($"{ofClass.F1:0.00}", position, ofClass.F1 + 0.02);
                    label.LabelAlignment = isTurned ? Alignment.MiddleLeft : Alignment.LowerCenter;
                    label.LabelRotation = isTurned ? -90 : 0;
                    label.LabelFontSize = size;
                }
            }

            plot.Legend.ManualItems.Add(new LegendItem { LabelText = networks[n].Name, FillColor = color });
        }

        plot.ShowLegend(Alignment.UpperRight, Orientation.Horizontal);
        var below = ClassNames.Below(plot, text, labels, PlotShare * panel.Width);
        plot.Axes.SetLimits(-0.6, labels.Length - 0.4, 0, isTurned ? 1.26 : 1.18);
        return canvas => below.Draw(canvas, plot);
    }

    private static Action<SKCanvas> Curves(Plot plot, IReadOnlyList<(string Name, EvaluationReport Test, Color Color)> networks)
    {
        foreach (var (name, test, color) in networks)
        {
            double[] falling = [.. test.Classes.Select(c => c.F1).OrderDescending()];
            double[] places = [.. falling.Select((_, i) => i + 1.0)];
            var curve = plot.Add.ScatterLine(places, falling, color);
            curve.LegendText = name;
            curve.LineWidth = 2.5f;
        }

        plot.XLabel("classes, from the best to the worst");
        plot.ShowLegend(Alignment.UpperRight, Orientation.Horizontal);
        plot.Axes.SetLimits(1, networks[0].Test.Classes.Count, 0, 1.18);
        return _ => { };
    }
}
