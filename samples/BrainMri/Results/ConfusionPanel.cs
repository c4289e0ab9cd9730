using Cass.Training;
using ScottPlot;
using SkiaSharp;

namespace BrainMri.Results;

/// <summary>Which classes a network takes for which: a matrix, or the pairs confused most where it would be too large to be read.</summary>
internal static class ConfusionPanel
{
    private const int LargestMatrix = 100;
    private const int Pairs = 15;
    private const float PairWidth = 260;
    private const float NameSize = 14;

    // Of more classes, the zeros would hide what is not zero.
    private const int MostWithZeros = 12;
    private const float SmallestCount = 7;
    private const float LargestCount = 22;

    // Of the panel's pixels, about what the plot itself gets.
    private const float PlotShare = 0.72f;

    /// <summary>Long names below the plot take a part of its height.</summary>
    private const float PlotShareOfHeight = 0.55f;
    private const float DigitWidth = 0.6f;

    /// <summary>Sets a plot up.</summary>
    /// <param name="plot">The plot, with its title and names of axes.</param>
    /// <param name="text">Draws names.</param>
    /// <param name="test">The scores of the network.</param>
    /// <param name="color">The network's colour.</param>
    /// <param name="panel">Width and height of the panel in pixels.</param>
    /// <returns>What draws the names once the plot is rendered.</returns>
    public static Action<SKCanvas> Draw(Plot plot, FigureText text, EvaluationReport test, Color color, SKSize panel)
    {
        if (test.Confusion is not { } confusion)
        {
            plot.Add.Annotation("several labels per image", Alignment.MiddleCenter);
            return _ => { };
        }

        return confusion.Count <= LargestMatrix ? Matrix(plot, text, test, confusion, color, panel) : MostConfused(plot, text, test.Confused ?? [], color, panel);
    }

    private static Action<SKCanvas> Matrix(Plot plot, FigureText text, EvaluationReport test, IReadOnlyList<IReadOnlyList<int>> confusion, Color color, SKSize panel)
    {
        var classes = confusion.Count;
        var shares = new double[classes, classes];
        var (width, height) = (PlotShare * panel.Width / classes, PlotShareOfHeight * panel.Height / classes);
        var digits = confusion.Max(row => row.Max()).ToString(System.Globalization.CultureInfo.InvariantCulture).Length;
        var size = Math.Min(LargestCount, Math.Min(0.65f * height, 0.9f * width / (DigitWidth * digits)));
        foreach (var (row, counts) in confusion.Index())
        {
            var total = Math.Max(1, counts.Sum());
            foreach (var (column, count) in counts.Index())
            {
                shares[row, column] = (double)count / total;
                if (size >= SmallestCount && (count > 0 || classes <= MostWithZeros))
                {
                    var label = plot.Add.Text($"{count}", column, classes - 1 - row);
                    label.LabelAlignment = Alignment.MiddleCenter;
                    label.LabelFontSize = size;
                    label.LabelFontColor = shares[row, column] > 0.55 ? Colors.White : Colors.Black;
                }
            }
        }

        var heatmap = plot.Add.Heatmap(shares);
        heatmap.Colormap = new ScottPlot.Colormaps.CustomInterpolated([Colors.White, color]);
        heatmap.ManualRange = new ScottPlot.Range(0, 1);
        plot.MoveToBack(heatmap);
        string[] labels = [.. test.Classes.Select(c => c.Label)];
        var below = ClassNames.Below(plot, text, labels, PlotShare * panel.Width);
        var left = ClassNames.Left(plot, text, labels, PlotShare * panel.Height);
        plot.HideGrid();
        plot.Axes.SetLimits(-0.5, classes - 0.5, -0.5, classes - 0.5);
        return canvas =>
        {
            below.Draw(canvas, plot);
            left.Draw(canvas, plot);
        };
    }

    private static Action<SKCanvas> MostConfused(Plot plot, FigureText text, IReadOnlyList<ConfusedPair> confused, Color color, SKSize panel)
    {
        if (confused.Count == 0)
        {
            plot.Add.Annotation("no image was taken for another class", Alignment.MiddleCenter);
            return _ => { };
        }

        ConfusedPair[] pairs = [.. confused.Take(Pairs)];
        plot.XLabel("images of the first class that were taken for the second");
        plot.YLabel(string.Empty);
        foreach (var (i, pair) in pairs.Index())
        {
            var bar = plot.Add.Bar(pairs.Length - 1 - i, pair.Images);
            bar.Horizontal = true;
            bar.Bars[0].Size = 0.7;
            bar.Bars[0].FillColor = color;
            bar.Bars[0].LineWidth = 0;
        }

        string[] labels = [.. pairs.Select(pair => $"{text.Fitted(pair.Truth, NameSize, (PairWidth / 2) - NameSize)} → {text.Fitted(pair.Predicted, NameSize, (PairWidth / 2) - NameSize)}")];
        var left = ClassNames.Left(plot, text, labels, PlotShare * panel.Height, PairWidth);
        plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic { IntegerTicksOnly = true };
        plot.Axes.SetLimits(0, pairs[0].Images * 1.05, -0.6, pairs.Length - 0.4);
        return canvas => left.Draw(canvas, plot);
    }
}
