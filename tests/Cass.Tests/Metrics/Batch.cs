using Cass.Metrics;
using static TorchSharp.torch;

namespace Cass.Tests.Metrics;

/// <summary>Random scores and targets, and figures counted from them by plain loops.</summary>
internal sealed class Batch(double[,] scores, bool[,] labels)
{
    public int Samples => scores.GetLength(0);

    public int Classes => scores.GetLength(1);

    public Tensor Scores => tensor([.. scores.Cast<double>()], [Samples, Classes]);

    public Tensor Targets => tensor([.. labels.Cast<bool>().Select(label => label ? 1f : 0f)], [Samples, Classes]);

    public double ScoreOf(int sample, int label) => scores[sample, label];

    public bool LabelOf(int sample, int label) => labels[sample, label];

    public static Batch Random(Random random, int samples, int classes)
    {
        var scores = new double[samples, classes];
        var labels = new bool[samples, classes];
        for (var i = 0; i < samples; i++)
        {
            for (var j = 0; j < classes; j++)
            {
                // Few distinct scores, so that ties occur.
                scores[i, j] = random.Next(0, 17) / 16.0;
                labels[i, j] = random.Next(3) == 0;
            }
        }

        return new Batch(scores, labels);
    }

    /// <summary>F1, precision, recall or specificity at 0.5, by their definitions.</summary>
    public double ByHand(int kind, Averaging average, ZeroDivision zero)
    {
        var samples = Enumerable.Range(0, Samples);
        var classes = Enumerable.Range(0, Classes);
        return average switch
        {
            Averaging.Micro => Figure(kind, samples.SelectMany(i => classes.Select(j => (i, j))), zero),
            Averaging.Macro => Mean(classes.Select(j => (Figure(kind, samples.Select(i => (i, j)), zero), 1.0)), zero),
            Averaging.Weighted => Mean(classes.Select(j => (Figure(kind, samples.Select(i => (i, j)), zero), (double)samples.Count(i => labels[i, j]))), zero),
            _ => Mean(samples.Select(i => (Figure(kind, classes.Select(j => (i, j)), zero), 1.0)), zero),
        };
    }

    private static double Undefined(ZeroDivision zero) => zero == ZeroDivision.Zero ? 0 : zero == ZeroDivision.One ? 1 : double.NaN;

    private static double Mean(IEnumerable<(double Figure, double Weight)> figures, ZeroDivision zero)
    {
        var defined = figures.Where(f => !double.IsNaN(f.Figure)).ToList();
        var weight = defined.Sum(f => f.Weight);
        return weight == 0 ? Undefined(zero) : defined.Sum(f => f.Figure * f.Weight) / weight;
    }

    private double Figure(int kind, IEnumerable<(int I, int J)> cells, ZeroDivision zero)
    {
        double tp = 0, fp = 0, fn = 0, tn = 0;
        foreach (var (i, j) in cells)
        {
            var predicted = scores[i, j] > 0.5;
            tp += predicted && labels[i, j] ? 1 : 0;
            fp += predicted && !labels[i, j] ? 1 : 0;
            fn += !predicted && labels[i, j] ? 1 : 0;
            tn += !predicted && !labels[i, j] ? 1 : 0;
        }

        var (numerator, denominator) = kind switch
        {
            0 => (2 * tp, (2 * tp) + fp + fn),
            1 => (tp, tp + fp),
            2 => (tp, tp + fn),
            _ => (tn, tn + fp),
        };
        return denominator == 0 ? Undefined(zero) : numerator / denominator;
    }
}
