using Cass;
using Cass.Training;
using ScottPlot;
using SkiaSharp;

namespace BrainMri.Results;

/// <summary>Draws <c>results.png</c>: the curves of training, and how each network did on the test images.</summary>
internal static class ResultsFigure
{
    private const int Width = 1800;
    private const int Height = 1120;
    private const int TitleHeight = 100;
    private const int Margin = 12;
    private const int Rows = 2;
    private const int Columns = 3;

    // The first of these that the machine has; Skia's own choice is a serif where none is named.
    private static readonly string[] PreferredFonts = ["Inter", "Open Sans", "Segoe UI", "Helvetica", "Arial", "Noto Sans", "Liberation Sans", "DejaVu Sans"];

    private static readonly Color CnnColor = Color.FromHex("#1F6FB4");
    private static readonly Color TransformerColor = Color.FromHex("#D9630B");
    private static readonly Color Neutral = Color.FromHex("#444444");

    /// <summary>Whether this machine has a font; without one, the figure has no text.</summary>
    public static bool HasFonts => SKTypeface.Default.GlyphCount > 0;

    private static string Font { get; } =
        PreferredFonts.Intersect(SKFontManager.Default.FontFamilies, StringComparer.OrdinalIgnoreCase).FirstOrDefault() ?? Fonts.Default;

    public static void Write(string path, RunResults results)
    {
        var plots = new Plot[Rows * Columns];
        for (var i = 0; i < plots.Length; i++)
        {
            plots[i] = new Plot();
            plots[i].Font.Set(Font);
            plots[i].RenderManager.ClearCanvasBeforeEachRender = false;
        }

        DrawPretraining(plots[0], results.Pretraining);
        DrawLosses(plots[1], results);
        DrawScores(plots[2], results);
        DrawConfusion(plots[3], results.Cnn, CnnColor);
        DrawConfusion(plots[4], results.Transformer, TransformerColor);
        DrawClasses(plots[5], results);

        using var surface = SKSurface.Create(new SKImageInfo(Width, Height));
        surface.Canvas.Clear(SKColors.White);
        var (panelWidth, panelHeight) = ((Width - (2 * Margin)) / Columns, (Height - TitleHeight - Margin) / Rows);
        for (var i = 0; i < plots.Length; i++)
        {
            var left = Margin + (i % Columns * panelWidth);
            var top = TitleHeight + (i / Columns * panelHeight);
            plots[i].Render(surface.Canvas, new PixelRect(left, left + panelWidth - Margin, top + panelHeight - Margin, top));
            plots[i].Dispose();
        }

        DrawTitle(surface.Canvas, results);
        using var image = surface.Snapshot();
        using var png = image.Encode(SKEncodedImageFormat.Png, 100);
        AtomicFile.Write(path, png.SaveTo);
    }

    private static void DrawTitle(SKCanvas canvas, RunResults results)
    {
        using var paint = new SKPaint { Color = SKColors.Black, IsAntialias = true };
        using var face = Fonts.GetTypeface(Font, bold: true, italic: false);
        using var large = new SKFont(face, 28);
        canvas.DrawText($"CASS: test F1 {results.Cnn.Test.F1:0.000} ({results.Cnn.Network}), {results.Transformer.Test.F1:0.000} ({results.Transformer.Network})", 24, 44, large, paint);
        using var plain = Fonts.GetTypeface(Font, bold: false, italic: false);
        using var small = new SKFont(plain, 19);
        var pretraining = results.Pretraining is null ? "no pretraining" : Plural(results.Pretraining.Epochs.Count, "pretraining epoch");
        canvas.DrawText(
            $"{results.Images}; {pretraining}; fine-tuned on {results.LabelledImages:N0} labelled images; tested on {results.Cnn.Test.Images:N0}",
            24,
            78,
            small,
            paint);
    }

    private static void DrawPretraining(Plot plot, PretrainingResults? pretraining)
    {
        Style(plot, "Pretraining, both networks", "step", "loss");
        if (pretraining is null)
        {
            plot.Add.Annotation("left out", Alignment.MiddleCenter);
            return;
        }

        double[] losses = [.. pretraining.StepLosses];
        if (losses.Length == 0)
        {
            Style(plot, "Pretraining, both networks", "epoch", "mean loss");
            Line(plot, [.. pretraining.Epochs.Select(epoch => (double)epoch.Epoch)], [.. pretraining.Epochs.Select(epoch => epoch.Loss)], Neutral, string.Empty, LinePattern.Solid);
            return;
        }

        double[] steps = [.. Enumerable.Range(1, losses.Length).Select(step => (double)step)];
        var window = losses.Length / 20;
        if (window < 2)
        {
            Line(plot, steps, losses, Neutral, string.Empty, LinePattern.Solid);
            return;
        }

        Line(plot, steps, losses, Neutral.WithAlpha(0.35), "each step", LinePattern.Solid);
        Line(plot, steps, [.. losses.Select((_, i) => losses[Math.Max(0, i - window + 1)..(i + 1)].Average())], Neutral, $"mean of {window}", LinePattern.Solid);
        plot.ShowLegend(Alignment.UpperRight);
    }

    private static void DrawLosses(Plot plot, RunResults results)
    {
        Style(plot, "Fine-tuning: focal loss", "epoch", "loss");
        Curves(plot, results.Cnn, "CNN", CnnColor, epoch => epoch.Loss, epoch => epoch.ValidationLoss);
        Curves(plot, results.Transformer, "ViT", TransformerColor, epoch => epoch.Loss, epoch => epoch.ValidationLoss);
        plot.ShowLegend(Alignment.UpperRight);
    }

    private static void DrawScores(Plot plot, RunResults results)
    {
        Style(plot, "Fine-tuning: F1", "epoch", "F1");
        Curves(plot, results.Cnn, "CNN", CnnColor, epoch => epoch.F1, epoch => epoch.ValidationF1);
        Curves(plot, results.Transformer, "ViT", TransformerColor, epoch => epoch.F1, epoch => epoch.ValidationF1);
        plot.Axes.SetLimitsY(0, 1.02);
        plot.ShowLegend(Alignment.LowerRight);
    }

    private static void Curves(
        Plot plot,
        NetworkResults network,
        string name,
        Color color,
        Func<FineTuningEpoch, double> training,
        Func<FineTuningEpoch, double?> validation)
    {
        double[] epochs = [.. network.FineTuning.Select(epoch => (double)epoch.Epoch)];
        Line(plot, epochs, [.. network.FineTuning.Select(training)], color, $"{name}, training", LinePattern.Dotted);
        if (network.FineTuning.Any(epoch => validation(epoch) is not null))
        {
            Line(plot, epochs, [.. network.FineTuning.Select(epoch => validation(epoch) ?? double.NaN)], color, $"{name}, validation", LinePattern.Solid);
        }
    }

    private static void DrawConfusion(Plot plot, NetworkResults network, Color color)
    {
        Style(plot, $"{network.Network}: F1 {network.Test.F1:0.000}", "predicted", "true");
        if (network.Test.Confusion is not { } confusion)
        {
            plot.Add.Annotation("several labels per image", Alignment.MiddleCenter);
            return;
        }

        var classes = confusion.Count;
        var shares = new double[classes, classes];
        for (var row = 0; row < classes; row++)
        {
            var total = Math.Max(1, confusion[row].Sum());
            for (var column = 0; column < classes; column++)
            {
                shares[row, column] = (double)confusion[row][column] / total;
                var text = plot.Add.Text($"{confusion[row][column]}", column, classes - 1 - row);
                text.LabelAlignment = Alignment.MiddleCenter;
                text.LabelFontSize = classes > 8 ? 13 : 22;
                text.LabelFontColor = shares[row, column] > 0.55 ? Colors.White : Colors.Black;
            }
        }

        var heatmap = plot.Add.Heatmap(shares);
        heatmap.Colormap = new ScottPlot.Colormaps.CustomInterpolated([Colors.White, color]);
        heatmap.ManualRange = new ScottPlot.Range(0, 1);
        plot.MoveToBack(heatmap);
        string[] labels = [.. network.Test.Classes.Select(c => c.Label)];
        double[] positions = [.. Enumerable.Range(0, classes).Select(i => (double)i)];
        plot.Axes.Bottom.SetTicks(positions, labels);
        plot.Axes.Left.SetTicks([.. positions.Reverse()], labels);
        plot.HideGrid();
        plot.Axes.SetLimits(-0.5, classes - 0.5, -0.5, classes - 0.5);
    }

    private static void DrawClasses(Plot plot, RunResults results)
    {
        Style(plot, "Test F1 of each class", string.Empty, "F1");
        var labels = results.Cnn.Test.Classes.Select(c => c.Label).ToArray();
        for (var i = 0; i < labels.Length; i++)
        {
            AddBar(i - 0.2, results.Cnn.Test.Classes[i].F1, CnnColor);
            AddBar(i + 0.2, results.Transformer.Test.Classes[i].F1, TransformerColor);
        }

        plot.Axes.Bottom.SetTicks([.. Enumerable.Range(0, labels.Length).Select(i => (double)i)], labels);
        plot.Axes.Left.SetTicks([0, 0.2, 0.4, 0.6, 0.8, 1], ["0", "0.2", "0.4", "0.6", "0.8", "1"]);
        plot.Axes.SetLimits(-0.6, labels.Length - 0.4, 0, 1.18);
        plot.Legend.ManualItems.Add(new LegendItem { LabelText = "CNN", FillColor = CnnColor });
        plot.Legend.ManualItems.Add(new LegendItem { LabelText = "ViT", FillColor = TransformerColor });
        plot.ShowLegend(Alignment.UpperRight, Orientation.Horizontal);

        void AddBar(double position, double value, Color color)
        {
            var bar = plot.Add.Bar(position, value);
            bar.Bars[0].Size = 0.36;
            bar.Bars[0].FillColor = color;
            bar.Bars[0].LineWidth = 0;
            var label = plot.Add.Text($"{value:0.00}", position, value + 0.02);
            label.LabelAlignment = Alignment.LowerCenter;
            label.LabelFontSize = labels.Length > 8 ? 11 : 14;
        }
    }

    private static void Line(Plot plot, double[] x, double[] y, Color color, string name, LinePattern pattern)
    {
        var line = plot.Add.Scatter(x, y, color);
        line.LegendText = name;
        line.LineWidth = 2.5f;
        line.LinePattern = pattern;
        line.MarkerSize = x.Length > 1 ? 0 : 8;
    }

    private static void Style(Plot plot, string title, string horizontal, string vertical)
    {
        plot.Title(title, 20);
        plot.XLabel(horizontal, 16);
        plot.YLabel(vertical, 16);
        plot.Axes.Bottom.TickLabelStyle.FontSize = 14;
        plot.Axes.Left.TickLabelStyle.FontSize = 14;
        plot.Legend.FontSize = 14;
    }

    private static string Plural(int count, string what) => $"{count:N0} {what}{(count == 1 ? string.Empty : "s")}";
}
