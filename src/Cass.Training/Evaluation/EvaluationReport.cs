using System.Globalization;
using Cass.Metrics;

namespace Cass.Training;

/// <summary>What a classifier reached on labelled images.</summary>
public sealed record EvaluationReport
{
    /// <summary>Name of the network, such as <c>resnet50</c>.</summary>
    public required string Network { get; init; }

    /// <summary>
    /// How labels were predicted: those above a threshold, or the most probable one alone, which is what a classifier with a softmax
    /// does. F1, precision and recall then are the accuracy.
    /// </summary>
    public DecisionRule Decision { get; init; } = DecisionRule.Threshold;

    /// <summary>Number of images.</summary>
    public required int Images { get; init; }

    /// <summary>Mean loss over the images, with the weights of the training; null for a classifier that was loaded, and for an ensemble.</summary>
    public double? Loss { get; init; }

    /// <summary>
    /// Micro F1: labels above the threshold, pooled over all images and classes; in [0, 1]. After few epochs it may be 0 though the
    /// network tells the classes apart, since no probability is above the threshold yet: of images with one label each,
    /// <see cref="Accuracy"/> then tells more.
    /// </summary>
    public required double F1 { get; init; }

    /// <summary>
    /// Micro F1 as the published evaluation computes it, with an extra label 'healthy' that is predicted where no label is
    /// above the threshold and true where an image has none. Never above <see cref="F1"/> where every image has a label.
    /// </summary>
    public required double NotebookF1 { get; init; }

    /// <summary>Mean of the classes' F1, of labels above the threshold.</summary>
    public required double MacroF1 { get; init; }

    /// <summary>Micro recall of labels above the threshold.</summary>
    public required double Recall { get; init; }

    /// <summary>Micro precision of labels above the threshold.</summary>
    public required double Precision { get; init; }

    /// <summary>Share of images whose most probable class is theirs; null where images have several labels.</summary>
    public double? Accuracy { get; init; }

    /// <summary>
    /// Mean of the classes' F1 where the most probable class of an image is the one predicted, whatever its probability; null where
    /// images have several labels.
    /// </summary>
    public double? ArgmaxMacroF1 { get; init; }

    /// <summary>A row for each class, in the order of their ids; its figures are of labels above the threshold.</summary>
    public required IReadOnlyList<ClassReport> Classes { get; init; }

    /// <summary>
    /// Images by true class (row) and most probable class (column), in the order of the ids; null where images have
    /// several labels. Its memory grows with the images, not with the square of the classes.
    /// </summary>
    public IReadOnlyList<IReadOnlyList<int>>? Confusion { get; init; }

    /// <summary>
    /// Every pair of classes of which one was taken for the other, the most frequent first; null where images have several
    /// labels.
    /// </summary>
    public IReadOnlyList<ConfusedPair>? Confused { get; init; }

    /// <summary>
    /// The scores on the images that do not equal or resemble a training image; null where the images were not compared: the
    /// classifier does not know its training images, or <see cref="RunOptions.DuplicateCheck"/> says so.
    /// </summary>
    public UnseenScores? Unseen { get; init; }

    /// <summary>
    /// One line: network, F1, recall, precision, number of images; where every image has one label, accuracy and macro F1 of the most
    /// probable class first.
    /// </summary>
    /// <returns>The line.</returns>
    public override string ToString() => Decision == DecisionRule.Argmax
        ? Invariant($"{Network}: accuracy {Accuracy:0.0000}, macro F1 {ArgmaxMacroF1:0.0000} on {Images} images")
        : Accuracy is null
        ? Invariant($"{Network}: F1 {F1:0.0000}, recall {Recall:0.0000}, precision {Precision:0.0000} on {Images} images")
        : Invariant($"{Network}: accuracy {Accuracy:0.0000}, macro F1 {ArgmaxMacroF1:0.0000} (most probable class); F1 {F1:0.0000}, recall {Recall:0.0000}, precision {Precision:0.0000} (labels above the threshold) on {Images} images");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
