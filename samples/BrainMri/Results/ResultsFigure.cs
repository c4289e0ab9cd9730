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
    private const int TitleLeft = 24;
    private const int FactsSize = 19;
    private const int LeftAxis = 70;
    private const int Rows = 2;
    private const int Columns = 3;

    private static readonly Color CnnColor = Color.FromHex("#1F6FB4");
    private static readonly Color TransformerColor = Color.FromHex("#D9630B");
    private static readonly Color Neutral = Color.FromHex("#444444");

    /// <summary>Whether this machine has a font; without one, the figure has no text.</summary>
    public static bool HasFonts => SKTypeface.Default.GlyphCount > 0;

    /// <summary>What the fonts of this machine cannot show of the figure's text, a line for each writing system.</summary>
    public static IEnumerable<string> Warnings(RunResults results) => HasFonts
        ? FigureFonts.OfThisMachine.Missing([results.Images, .. results.Classes.Select(c => c.Label)]).Select(missing =>
            $"The figure has boxes in place of {missing.System.Name}, as in '{missing.Example}': no font of this machine has it. On Debian and Ubuntu: apt-get install {missing.System.Package}")
        : ["The figure has no text: this machine has no font. On Debian and Ubuntu: apt-get install fonts-dejavu-core"];

    public static void Write(string path, RunResults results)
    {
        using var text = new FigureText(FigureFonts.OfThisMachine);
        var plots = new Plot[Rows * Columns];
        for (var i = 0; i < plots.Length; i++)
        {
            plots[i] = new Plot();
            plots[i].Font.Set(FigureFonts.OfThisMachine.Main);
            plots[i].RenderManager.ClearCanvasBeforeEachRender = false;
        }

        var (panelWidth, panelHeight) = ((Width - (2 * Margin)) / Columns, (Height - TitleHeight - Margin) / Rows);
        var panel = new SKSize(panelWidth - Margin, panelHeight - Margin);
        DrawPretraining(plots[0], results.Pretraining);
        DrawLosses(plots[1], results);
        DrawScores(plots[2], results);
        Action<SKCanvas>?[] drawNames =
        [
            null,
            null,
            null,
            DrawConfusion(plots[3], text, results.Cnn, CnnColor, panel),
            DrawConfusion(plots[4], text, results.Transformer, TransformerColor, panel),
            DrawClasses(plots[5], text, results, panel),
        ];

        using var surface = SKSurface.Create(new SKImageInfo(Width, Height));
        surface.Canvas.Clear(SKColors.White);
        for (var i = 0; i < plots.Length; i++)
        {
            var left = Margin + (i % Columns * panelWidth);
            var top = TitleHeight + (i / Columns * panelHeight);
            plots[i].Render(surface.Canvas, new PixelRect(left, left + panelWidth - Margin, top + panelHeight - Margin, top));
            drawNames[i]?.Invoke(surface.Canvas);
            plots[i].Dispose();
        }

        DrawTitle(surface.Canvas, text, results);
        using var image = surface.Snapshot();
        using var png = image.Encode(SKEncodedImageFormat.Png, 100);
        AtomicFile.Write(path, png.SaveTo);
    }

    private static void DrawTitle(SKCanvas canvas, FigureText text, RunResults results)
    {
        text.Draw(canvas, $"CASS: test F1 {results.Cnn.Test.F1:0.000} ({results.Cnn.Network}), {results.Transformer.Test.F1:0.000} ({results.Transformer.Network})", TitleLeft, 44, 28, bold: true);
        var pretraining = results.Pretraining is null ? "no pretraining" : Plural(results.Pretraining.Epochs.Count, "pretraining epoch");
        var facts = $"; {pretraining}; fine-tuned on {results.LabeledImages:N0} labelled images; tested on {results.Cnn.Test.Images:N0}";
        var room = Width - (2 * TitleLeft) - text.Width(facts, FactsSize);
        text.Draw(canvas, text.Fitted(results.Images, FactsSize, room), TitleLeft, 78, FactsSize);
        text.Draw(canvas, facts, TitleLeft + text.Width(text.Fitted(results.Images, FactsSize, room), FactsSize), 78, FactsSize);
    }

    private static void DrawPretraining(Plot plot, PretrainingResults? pretraining)
    {
        Style(plot, "Pretraining, both networks", "step", "loss");
        if (pretraining is null)
        {
            plot.Add.Annotation("left out", Alignment.MiddleCenter);
            plot.HideAxesAndGrid();
            plot.Axes.Title.IsVisible = true;
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

    private static Action<SKCanvas> DrawConfusion(Plot plot, FigureText text, NetworkResults network, Color color, SKSize panel)
    {
        Style(plot, $"{network.Network}: F1 {network.Test.F1:0.000}", "predicted", "true");
        return ConfusionPanel.Draw(plot, text, network.Test, color, panel);
    }

    private static Action<SKCanvas> DrawClasses(Plot plot, FigureText text, RunResults results, SKSize panel)
    {
        Style(plot, "Test F1 of each class", string.Empty, "F1");
        return ClassesPanel.Draw(plot, text, [("CNN", results.Cnn.Test, CnnColor), ("ViT", results.Transformer.Test, TransformerColor)], panel);
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

        // The name of the axis keeps clear of its figures.
        plot.Axes.Left.MinimumSize = LeftAxis;
        plot.Legend.FontSize = 14;
    }

    private static string Plural(int count, string what) => $"{count:N0} {what}{(count == 1 ? string.Empty : "s")}";
}
