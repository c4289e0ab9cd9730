using System.Globalization;
using Cass.Metrics;

namespace Cass.Training;

/// <summary>The tables of a report as text, which Markdown and HTML lay out each in their way.</summary>
internal static class ReportTables
{
    /// <summary>The most classes whose confusion matrix is shown whole; a larger one cannot be taken in.</summary>
    public const int LargestMatrix = 30;

    private const int ListedConflicts = 50;
    private const int ListedClasses = 10;
    private const int MostConfused = 20;
    private const int FewestForPairs = 10;

    private const string SingleLabelNote =
        "Accuracy and argmax macro F1 take the most probable class of an image for the predicted one. The other figures count labels above the threshold, and are 0 as long as no probability exceeds it.";

    private const string SoftmaxNote = "Every image is given its most probable class, so that F1, precision and recall of all classes together are the accuracy.";

    /// <summary>What stands where there is no figure.</summary>
    private const string None = "–";

    /// <summary>A table: what its columns are called, and its rows; all columns after the first <paramref name="Texts"/> hold numbers.</summary>
    public sealed record Table(string Name, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, int Texts = 1, string? Note = null);

    public static Table Networks(RunReport report)
    {
        // Where images have one label each, what is predicted without any threshold comes first.
        var isSingleLabel = report.Networks.Any(n => n.Evaluation.Accuracy is not null);
        return new(
            "Networks",
            isSingleLabel
                ? ["Network", "Accuracy", "Argmax macro F1", "F1", "95 % interval", "Notebook F1", "Macro F1", "Precision", "Recall", "Images"]
                : ["Network", "F1", "95 % interval", "Notebook F1", "Macro F1", "Precision", "Recall", "Accuracy", "Images"],
            [
                .. report.Networks.Select(n => (IReadOnlyList<string>)
                [
                    n.Evaluation.Network,
                    .. isSingleLabel ? (string[])[Number(n.Evaluation.Accuracy), Number(n.Evaluation.ArgmaxMacroF1)] : [],
                    Number(n.Evaluation.F1), Interval(n.F1), Number(n.Evaluation.NotebookF1), Number(n.Evaluation.MacroF1), Number(n.Evaluation.Precision), Number(n.Evaluation.Recall),
                    .. isSingleLabel ? (string[])[] : [None],
                    Whole(n.Evaluation.Images),
                ]),
            ],
            Note: !isSingleLabel ? null
                : report.Networks.All(n => n.Evaluation.Decision == DecisionRule.Argmax) ? SoftmaxNote
                : SingleLabelNote);
    }

    /// <summary>What there is to say about images that come up more than once.</summary>
    public static IEnumerable<Table> OfDuplicates(RunReport report) =>
        ((Table?[])[Unseen(report), Duplicates(report), Conflicts(report)]).OfType<Table>();

    /// <summary>The scores without the images that are known from training; null where no image is.</summary>
    private static Table? Unseen(RunReport report)
    {
        NetworkReport[] networks = [.. report.Networks.Where(n => n.Evaluation.Unseen is { LeftOut: > 0 })];
        var isSingleLabel = networks.Any(n => n.Evaluation.Accuracy is not null);
        return networks.Length == 0 ? null : new(
            $"Without the test images that {(networks.Any(n => n.Evaluation.Unseen!.Compared == DuplicateCheck.Looks) ? "equal or resemble" : "equal")} a training image",
            isSingleLabel
                ? ["Network", "Accuracy", "Accuracy on all images", "Argmax macro F1", "F1", "F1 on all images", "Notebook F1", "Macro F1", "Precision", "Recall", "Images", "Left out", "Classes without images"]
                : ["Network", "F1", "F1 on all images", "Notebook F1", "Macro F1", "Precision", "Recall", "Accuracy", "Images", "Left out", "Classes without images"],
            [
                .. networks.Select(n => (n, Unseen: n.Evaluation.Unseen!)).Select(row => (IReadOnlyList<string>)
                [
                    row.n.Evaluation.Network,
                    .. isSingleLabel ? (string[])[Number(row.Unseen.Accuracy), Number(row.n.Evaluation.Accuracy), Number(row.Unseen.ArgmaxMacroF1)] : [],
                    Number(row.Unseen.F1), Number(row.n.Evaluation.F1), Number(row.Unseen.NotebookF1), Number(row.Unseen.MacroF1), Number(row.Unseen.Precision), Number(row.Unseen.Recall),
                    .. isSingleLabel ? (string[])[] : [None],
                    Whole(row.Unseen.Images), Whole(row.Unseen.LeftOut), Some(row.Unseen.LostClasses),
                ]),
            ]);
    }

    /// <summary>The images that parts of the data have in common; null where they were not compared.</summary>
    private static Table? Duplicates(RunReport report) => report.Duplicates is not { } duplicates ? null : new(
        "Duplicates",
        ["Images", "Number", "Same bytes", "Same pixels", "Look alike", "All"],
        [
            .. duplicates.Overlaps.Select(o => (IReadOnlyList<string>)
                [$"{o.Part}, known from {o.Other}", Whole(o.Images), Whole(o.SameBytes), Whole(o.SamePixels), o.MaxDistance is null ? None : Whole(o.NearDuplicates), Whole(o.Total)]),
            .. duplicates.Copies.Select(c => (IReadOnlyList<string>)[$"{c.Part}, copies of others in it", Whole(c.Images), None, None, None, Whole(c.Copies)]),
        ]);

    /// <summary>Equal images with different labels; null where there are none.</summary>
    private static Table? Conflicts(RunReport report) => report.Duplicates is not { Conflicts.Count: > 0 } duplicates ? null : new(
        duplicates.Conflicts.Count > ListedConflicts ? $"Equal images with different labels, {ListedConflicts} of {Whole(duplicates.Conflicts.Count)}" : "Equal images with different labels",
        ["Image", "Labels", "Equal image", "Its labels"],
        [
            .. duplicates.Conflicts.Take(ListedConflicts).Select(c => (IReadOnlyList<string>)
                [c.FirstImage, string.Join(", ", c.FirstLabels), c.SecondImage, string.Join(", ", c.SecondLabels)]),
        ],
        Texts: 4);

    public static Table Classes(NetworkReport network) => new(
        "Classes",
        ["Class", "Images", "F1", "95 % interval", "Precision", "Recall"],
        [
            .. network.Evaluation.Classes.Select((c, i) => (IReadOnlyList<string>)
                [
                    c.Label, Whole(c.Images), c.Images == 0 ? None : Number(c.F1), c.Images == 0 ? None : Interval(network.ClassF1[i]), Number(c.Precision), c.Images == 0 ? None : Number(c.Recall),
                ]),
        ],
        Note: network.ClassF1.Any(interval => interval is { IsExact: true })
            ? "Intervals are resampled; of a class that was never found, or never missed nor wrongly predicted, they are the exact binomial ones."
            : null);

    /// <summary>The confusion matrix; null where images have several labels, or there are too many classes for one.</summary>
    public static Table? Confusion(NetworkReport network) => network.Evaluation is not { Confusion: { Count: <= LargestMatrix } confusion, Classes: var classes } ? null : new(
        "Confusion",
        ["", .. classes.Select(c => c.Label)],
        [.. confusion.Select((row, i) => (IReadOnlyList<string>)[classes[i].Label, .. row.Select(count => Whole(count))])],
        Note: "Rows are the true classes, columns the predicted.");

    /// <summary>The pairs of classes that are confused most; null where the confusion matrix is small enough to show them.</summary>
    public static Table? Confused(NetworkReport network) => network.Evaluation is not { Confused: { Count: > 0 } pairs, Classes.Count: > FewestForPairs } ? null : new(
        "Confused most",
        ["True class", "Predicted", "Images", "Share of the class"],
        [.. pairs.Take(MostConfused).Select(p => (IReadOnlyList<string>)[p.Truth, p.Predicted, Whole(p.Images), Percent(p.Share)])],
        Texts: 2,
        Note: pairs.Count > MostConfused ? $"The first {MostConfused} of {Whole(pairs.Count)} pairs of classes that were confused." : null);

    public static Table Pretraining(RunReport report) => new(
        "Pretraining, epoch by epoch",
        ["Epoch", "Loss", "Learning rate", "Spread of embeddings", "Verdict", "Images/s", "Waiting for images"],
        [
            .. report.Pretraining.Select(e => (IReadOnlyList<string>)
            [
                Whole(e.Epoch), e.Loss.ToString("0.0000", CultureInfo.InvariantCulture), e.LearningRate.ToString("0.00e+0", CultureInfo.InvariantCulture),
                string.Join(", ", e.EmbeddingStd.Select(s => $"{s.Key} {Number(s.Value)}")), e.Verdict?.ToString() ?? None, Whole((int)Math.Round(e.ImagesPerSecond)), Percent(e.DataWait),
            ]),
        ]);

    public static string Verdict(RunReport report) => report.Pretraining switch
    {
        [] => "The networks were not pretrained.",
        [.., { Verdict: null }] => "Whether pretraining collapsed is not known: the method gave no embeddings to measure it by.",
        [.., { Verdict: CollapseVerdict.Healthy }] => "Both networks still tell images apart after pretraining: no sign of collapse.",
        [.., { Verdict: CollapseVerdict.Collapsed }] => "Pretraining collapsed: a network gives all images nearly the same embedding, and nothing was learnt, whatever the loss says. Choose a safeguard (Pretraining.Safeguard) or a lower learning rate.",
        _ => "Pretraining shows signs of collapse: embeddings of different images have come close. Look at the spread below.",
    };

    private static string Interval(ConfidenceInterval? interval) => interval is null ? None : $"{Number(interval.Lower)} to {Number(interval.Upper)}";

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Number(double? value) => value is { } number ? Number(number) : None;

    private static string Some(IReadOnlyList<string> classes) => classes.Count switch
    {
        0 => "none",
        <= ListedClasses => string.Join(", ", classes),
        _ => $"{string.Join(", ", classes.Take(ListedClasses))} and {Whole(classes.Count - ListedClasses)} more",
    };

    private static string Percent(double share) => (share * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    private static string Whole(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
