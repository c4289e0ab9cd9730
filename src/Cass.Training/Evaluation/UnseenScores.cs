using System.Globalization;

namespace Cass.Training;

/// <summary>
/// Scores on those images of an evaluation that the classifier was not trained on: without the images that equal or
/// resemble a training image. Figures are null where no image is left.
/// </summary>
public sealed record UnseenScores
{
    /// <summary>How far the images were compared with the training images.</summary>
    public required DuplicateCheck Compared { get; init; }

    /// <summary>Number of images that are left.</summary>
    public required int Images { get; init; }

    /// <summary>Number of images that equal or resemble a training image.</summary>
    public required int LeftOut { get; init; }

    /// <summary>Classes that images were left out of until none remained; the other figures say nothing about them.</summary>
    public required IReadOnlyList<string> LostClasses { get; init; }

    /// <summary>Micro F1, as <see cref="EvaluationReport.F1"/>.</summary>
    public double? F1 { get; init; }

    /// <summary>Micro F1 as published, as <see cref="EvaluationReport.NotebookF1"/>.</summary>
    public double? NotebookF1 { get; init; }

    /// <summary>Mean of the F1 of the classes that are not in <see cref="LostClasses"/>.</summary>
    public double? MacroF1 { get; init; }

    /// <summary>Micro recall.</summary>
    public double? Recall { get; init; }

    /// <summary>Micro precision.</summary>
    public double? Precision { get; init; }

    /// <summary>Share of images whose most probable class is theirs; null, too, where images have several labels.</summary>
    public double? Accuracy { get; init; }

    /// <summary>
    /// Mean of the F1 of the classes that are not in <see cref="LostClasses"/> where the most probable class of an image is the one
    /// predicted; null, too, where images have several labels.
    /// </summary>
    public double? ArgmaxMacroF1 { get; init; }

    /// <summary>One sentence: F1, the number of images that are left and that were left out, and the classes without any.</summary>
    /// <returns>The sentence.</returns>
    public override string ToString()
    {
        var known = Compared == DuplicateCheck.Looks ? "equal or resemble" : "equal";
        if (LeftOut == 0)
        {
            return Invariant($"None of the {Images:N0} images {(Compared == DuplicateCheck.Looks ? "equals or resembles" : "equals")} a training image.");
        }

        var lost = LostClasses.Count > 0 && Images > 0 ? $" No image is left of {string.Join(", ", LostClasses)}." : string.Empty;
        var ofArgmax = Accuracy is { } accuracy ? Invariant($"Accuracy {accuracy:0.0000}, macro F1 {ArgmaxMacroF1:0.0000} (most probable class), ") : string.Empty;
        return F1 is { } f1
            ? Invariant($"{ofArgmax}F1 {f1:0.0000} on the {Images:N0} images that do not {known} a training image; {LeftOut:N0} do.{lost}")
            : Invariant($"There is no F1 without duplicates: all {LeftOut:N0} images {known} a training image.");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
