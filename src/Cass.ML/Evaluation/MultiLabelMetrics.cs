namespace Cass.ML;

/// <summary>How well labels are predicted, of which an image may have any number. Made by <c>mlContext.MulticlassClassification.EvaluateMultiLabel</c>.</summary>
public sealed record MultiLabelMetrics
{
    /// <summary>Number of images.</summary>
    public required long Images { get; init; }

    /// <summary>F1 over all labels of all images, in [0, 1].</summary>
    public required double MicroF1 { get; init; }

    /// <summary>The mean of the labels' F1, in [0, 1].</summary>
    public required double MacroF1 { get; init; }

    /// <summary>F1 of each label, in the order of the labels.</summary>
    public required IReadOnlyDictionary<string, double> F1ByLabel { get; init; }

    /// <summary>The mean of the labels' area under the ROC curve, in [0, 1], over those labels that some images have and others have not; NaN where there is none.</summary>
    public required double MacroAuroc { get; init; }

    /// <summary>The mean of the labels' average precision, in [0, 1].</summary>
    public required double MacroAveragePrecision { get; init; }

    /// <summary>Share of images all of whose labels are right, in [0, 1].</summary>
    public required double SubsetAccuracy { get; init; }

    /// <summary>Share of labels that are wrong, over all images and labels, in [0, 1].</summary>
    public required double HammingLoss { get; init; }
}
