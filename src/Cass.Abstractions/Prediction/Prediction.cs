namespace Cass;

/// <summary>What a classifier says of one image.</summary>
/// <param name="Image">Name of the image; a path, for a file.</param>
/// <param name="Label">The most probable class.</param>
/// <param name="Probability">Its probability, in [0, 1].</param>
/// <param name="Labels">All classes above the threshold, most probable first; may be empty. Of a classifier with a softmax, the most probable class alone.</param>
/// <param name="Probabilities">Every class, in the order of the ids.</param>
public sealed record Prediction(
    string Image,
    string Label,
    double Probability,
    IReadOnlyList<string> Labels,
    IReadOnlyList<LabelProbability> Probabilities)
{
    /// <summary>Says it in a line: <c>scan.jpg: glioma (glioma 87.5 %, meningioma 8.1 %, pituitary 0.3 %)</c>, with the most probable class first, and the labels that are predicted where these are others.</summary>
    /// <returns>The line.</returns>
    public override string ToString()
    {
        var predicted = Labels is [var only] && string.Equals(only, Label, StringComparison.Ordinal) ? string.Empty
            : Labels.Count == 0 ? "; no label above its threshold"
            : "; labels above their thresholds: " + string.Join(", ", Labels);
        return $"{Image}: {Label} ({string.Join(", ", Probabilities.OrderByDescending(label => label.Probability))}){predicted}";
    }

    /// <param name="image">Name of the image.</param>
    /// <param name="labels">The classes.</param>
    /// <param name="thresholds">Probabilities above which labels are predicted; null where it is the most probable one.</param>
    /// <param name="probabilities">Probabilities of the classes.</param>
    internal static Prediction Of(string image, LabelMap labels, IReadOnlyList<double>? thresholds, ReadOnlySpan<float> probabilities)
    {
        var all = new LabelProbability[labels.Count];
        var top = 0;
        for (var i = 0; i < all.Length; i++)
        {
            all[i] = new(labels[i], probabilities[i]);
            top = probabilities[i] > probabilities[top] ? i : top;
        }

        string[] predicted = thresholds is null ? [all[top].Label] : [.. all.Where((p, i) => p.Probability > thresholds[i]).OrderByDescending(p => p.Probability).Select(p => p.Label)];
        return new Prediction(image, all[top].Label, all[top].Probability, predicted, all);
    }
}
