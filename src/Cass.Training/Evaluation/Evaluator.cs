using Cass.Metrics;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Turns a network's logits into a report.</summary>
internal static class Evaluator
{
    // Scores that are counted together: bounds the memory, whatever the number of classes.
    private const long CountedAtOnce = 1 << 20;

    public static EvaluationReport Report(string network, Scores scores, LabelMap labels, bool multiLabel, DecisionThresholds thresholds, OutputActivation activation = OutputActivation.Sigmoid)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var probabilities = activation.Probabilities(scores.Logits);
        var decisions = new LabelMetricOptions { Decision = activation.Decision(), Thresholds = thresholds };
        using var f1 = new MultiLabelF1(decisions);
        using var notebook = new MultiLabelF1(decisions with { CountEmptyAsHealthy = decisions.Decision == DecisionRule.Threshold });
        using var recall = new Recall(decisions);
        using var precision = new Precision(decisions);
        var rowsAtOnce = Math.Max(1, CountedAtOnce / probabilities.shape[1]);
        for (var start = 0L; start < probabilities.shape[0]; start += rowsAtOnce)
        {
            using var portion = NewDisposeScope();
            var rows = Math.Min(rowsAtOnce, probabilities.shape[0] - start);
            foreach (IMetric metric in (IMetric[])[f1, notebook, recall, precision])
            {
                metric.Update(probabilities.narrow(0, start, rows), scores.Targets.narrow(0, start, rows));
            }
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
        var confused = confusion is null ? null : Confused(confusion, labels);
        return new EvaluationReport
        {
            Network = network,
            Decision = decisions.Decision,
            Images = (int)scores.Logits.shape[0],
            F1 = f1.Compute(),
            NotebookF1 = notebook.Compute(),
            MacroF1 = classes.Average(c => c.F1),
            Recall = recall.Compute(),
            Precision = precision.Compute(),
            Accuracy = confusion is null ? null : 1 - ((double)confused!.Sum(pair => pair.Images) / scores.Logits.shape[0]),
            ArgmaxMacroF1 = confusion is null ? null : ArgmaxF1(confusion).Average(),
            Classes = classes,
            Confusion = confusion,
            Confused = confused,
        };
    }

    /// <summary>The scores on the images that are not known from training, out of the same logits.</summary>
    /// <param name="report">The scores on all of them.</param>
    /// <param name="scores">The logits.</param>
    /// <param name="known">Positions in the dataset of the images that are known from training.</param>
    /// <param name="compared">How far they were compared.</param>
    /// <param name="labels">The classes.</param>
    /// <param name="thresholds">Probabilities above which labels are predicted.</param>
    /// <param name="activation">How logits become probabilities.</param>
    public static UnseenScores Unseen(EvaluationReport report, Scores scores, IReadOnlySet<int> known, DuplicateCheck compared, LabelMap labels, DecisionThresholds thresholds, OutputActivation activation = OutputActivation.Sigmoid)
    {
        long[] rows = [.. Enumerable.Range(0, scores.Indices.Count).Where(row => !known.Contains(scores.Indices[row])).Select(row => (long)row)];
        var leftOut = scores.Indices.Count - rows.Length;
        if (rows.Length == 0)
        {
            return new UnseenScores { Compared = compared, Images = 0, LeftOut = leftOut, LostClasses = [.. report.Classes.Where(c => c.Images > 0).Select(c => c.Label)] };
        }

        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var index = tensor(rows);
        var rest = new Scores(scores.Logits.index_select(0, index), scores.Targets.index_select(0, index), [rows.Length], [.. rows.Select(row => scores.Indices[(int)row])]);
        var unseen = leftOut == 0 ? report : Report(report.Network, rest, labels, report.Confusion is null, thresholds, activation);
        string[] lost = [.. report.Classes.Zip(unseen.Classes).Where(c => c.First.Images > 0 && c.Second.Images == 0).Select(c => c.First.Label)];
        return new UnseenScores
        {
            Compared = compared,
            Images = rows.Length,
            LeftOut = leftOut,
            LostClasses = lost,
            F1 = unseen.F1,
            NotebookF1 = unseen.NotebookF1,
            MacroF1 = unseen.Classes.Where(c => !lost.Contains(c.Label, StringComparer.Ordinal)).Average(c => c.F1),
            Recall = unseen.Recall,
            Precision = unseen.Precision,
            Accuracy = unseen.Accuracy,
            ArgmaxMacroF1 = unseen.Confusion is ConfusionRow[] confusion
                ? ArgmaxF1(confusion).Where((_, c) => !lost.Contains(labels[c], StringComparer.Ordinal)).Average()
                : null,
        };
    }

    /// <summary>F1 of each class where the most probable class is the one predicted; 0 where a class is neither predicted nor true.</summary>
    private static IEnumerable<double> ArgmaxF1(ConfusionRow[] confusion)
    {
        var predicted = new long[confusion.Length];
        foreach (var (column, images) in confusion.SelectMany(row => row.Counts))
        {
            predicted[column] += images;
        }

        return confusion.Select((row, truth) => Ratio(2L * row[truth], predicted[truth] + row.Counts.Sum(cell => (long)cell.Images)));
    }

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;

    private static ConfusionRow[] Confusion(Tensor probabilities, Tensor targets)
    {
        var classes = (int)targets.shape[1];
        var truth = targets.argmax(1).data<long>().ToArray();
        var predicted = probabilities.argmax(1).data<long>().ToArray();
        var rows = truth.Zip(predicted, (row, column) => (Row: (int)row, Column: (int)column)).ToLookup(cell => cell.Row, cell => cell.Column);
        return
        [
            .. Enumerable.Range(0, classes).Select(row => new ConfusionRow(
                classes,
                [.. rows[row].CountBy(column => column).OrderBy(cell => cell.Key).Select(cell => (cell.Key, cell.Value))])),
        ];
    }

    private static ConfusedPair[] Confused(ConfusionRow[] confusion, LabelMap labels) =>
    [
        .. confusion.SelectMany((row, truth) =>
        {
            var images = row.Counts.Sum(cell => cell.Images);
            return row.Counts.Where(cell => cell.Class != truth)
                .Select(cell => new ConfusedPair(labels[truth], labels[cell.Class], cell.Images, (double)cell.Images / images));
        }).OrderByDescending(pair => pair.Images).ThenByDescending(pair => pair.Share),
    ];
}
