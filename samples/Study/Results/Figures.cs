namespace Study.Results;

/// <summary>What a network scores on a set of images.</summary>
internal sealed record Figures
{
    public required int Images { get; init; }

    /// <summary>Macro-F1 of the most probable class: the primary endpoint.</summary>
    public required double MacroF1 { get; init; }

    /// <summary>Share of images whose most probable class is right.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Micro-F1 of the labels above 0.5, as the papers have it, without the label 'healthy'.</summary>
    public required double F1 { get; init; }

    /// <summary>The same as the notebook counts it.</summary>
    public required double NotebookF1 { get; init; }

    /// <summary>Mean over the classes of the area under the ROC curve.</summary>
    public double? Auroc { get; init; }

    /// <summary>Expected calibration error of the most probable class, 15 bins.</summary>
    public double? CalibrationError { get; init; }
}
