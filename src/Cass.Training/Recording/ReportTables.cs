using System.Globalization;
using Cass.Metrics;

namespace Cass.Training;

/// <summary>The tables of a report as text, which Markdown and HTML lay out each in their way.</summary>
internal static class ReportTables
{
    /// <summary>A table: what its columns are called, and its rows; all columns but the first hold numbers.</summary>
    public sealed record Table(string Name, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows);

    public static Table Networks(RunReport report) => new(
        "Networks",
        ["Network", "F1", "95 % interval", "Notebook F1", "Macro F1", "Precision", "Recall", "Accuracy", "Images"],
        [
            .. report.Networks.Select(n => (IReadOnlyList<string>)
            [
                n.Evaluation.Network, Number(n.F1.Estimate), Interval(n.F1), Number(n.Evaluation.NotebookF1), Number(n.Evaluation.MacroF1), Number(n.Evaluation.Precision),
                Number(n.Evaluation.Recall), n.Evaluation.Accuracy is { } accuracy ? Number(accuracy) : "–", Whole(n.Evaluation.Images),
            ]),
        ]);

    public static Table Classes(NetworkReport network) => new(
        "Classes",
        ["Class", "Images", "F1", "95 % interval", "Precision", "Recall"],
        [
            .. network.Evaluation.Classes.Select((c, i) => (IReadOnlyList<string>)
                [c.Label, Whole(c.Images), Number(c.F1), Interval(network.ClassF1[i]), Number(c.Precision), Number(c.Recall)]),
        ]);

    public static Table? Confusion(NetworkReport network) => network.Evaluation.Confusion is not { } confusion ? null : new(
        "Confusion: rows are the true classes, columns the predicted",
        ["", .. network.Evaluation.Classes.Select(c => c.Label)],
        [.. confusion.Select((row, i) => (IReadOnlyList<string>)[network.Evaluation.Classes[i].Label, .. row.Select(count => Whole(count))])]);

    public static Table Pretraining(RunReport report) => new(
        "Pretraining, epoch by epoch",
        ["Epoch", "Loss", "Learning rate", "Spread of embeddings", "Verdict", "Images/s", "Waiting for images"],
        [
            .. report.Pretraining.Select(e => (IReadOnlyList<string>)
            [
                Whole(e.Epoch), e.Loss.ToString("0.0000", CultureInfo.InvariantCulture), e.LearningRate.ToString("0.00e+0", CultureInfo.InvariantCulture),
                string.Join(", ", e.EmbeddingStd.Select(s => $"{s.Key} {Number(s.Value)}")), e.Verdict.ToString(), Whole((int)Math.Round(e.ImagesPerSecond)), Percent(e.DataWait),
            ]),
        ]);

    public static string Verdict(RunReport report) => report.Pretraining switch
    {
        [] => "The networks were not pretrained.",
        [.., { Verdict: CollapseVerdict.Healthy }] => "Both networks still tell images apart after pretraining: no sign of collapse.",
        [.., { Verdict: CollapseVerdict.Collapsed }] => "Pretraining collapsed: a network gives all images nearly the same embedding, and nothing was learnt, whatever the loss says. Choose a safeguard (Pretraining.Safeguard) or a lower learning rate.",
        _ => "Pretraining shows signs of collapse: embeddings of different images have come close. Look at the spread below.",
    };

    private static string Interval(ConfidenceInterval interval) => $"{Number(interval.Lower)} to {Number(interval.Upper)}";

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (share * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    private static string Whole(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
