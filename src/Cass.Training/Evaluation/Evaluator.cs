using Cass.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Turns a network's logits into a report.</summary>
internal static class Evaluator
{
    public static EvaluationReport Report(string network, Scores scores, LabelMap labels, bool multiLabel, DecisionThresholds thresholds)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var probabilities = scores.Logits.sigmoid();
        var decisions = new LabelMetricOptions { Thresholds = thresholds };
        using var f1 = new MultiLabelF1(decisions);
        using var notebook = new MultiLabelF1(decisions with { CountEmptyAsHealthy = true });
        using var recall = new Recall(decisions);
        using var precision = new Precision(decisions);
        foreach (IMetric metric in (IMetric[])[f1, notebook, recall, precision])
        {
            metric.Update(probabilities, scores.Targets);
        }

        ClassReport[] classes =
        [
            .. labels.Names.Zip(f1.Counts(), (name, counts) => new ClassReport(
                name,
                (int)counts.ActualPositives,
                Ratio(counts.TruePositives, counts.PredictedPositives),
                Ratio(counts.TruePositives, counts.ActualPositives),
                Ratio(2 * counts.TruePositives, counts.PredictedPositives + counts.ActualPositives))),
        ];
        var confusion = multiLabel ? null : Confusion(probabilities, scores.Targets);
        return new EvaluationReport
        {
            Network = network,
            Images = (int)scores.Logits.shape[0],
            F1 = f1.Compute(),
            NotebookF1 = notebook.Compute(),
            MacroF1 = classes.Average(c => c.F1),
            Recall = recall.Compute(),
            Precision = precision.Compute(),
            Accuracy = confusion is null ? null : (double)confusion.Select((row, i) => row[i]).Sum() / scores.Logits.shape[0],
            Classes = classes,
            Confusion = confusion,
        };
    }

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;

    private static int[][] Confusion(Tensor probabilities, Tensor targets)
    {
        using var matrix = new ConfusionMatrix();
        matrix.Update(probabilities, targets);
        var counts = matrix.Counts();
        return
        [
            .. Enumerable.Range(0, counts.GetLength(0)).Select(row =>
                Enumerable.Range(0, counts.GetLength(1)).Select(column => (int)counts[row, column]).ToArray()),
        ];
    }
}
