namespace Cass.Training;

/// <summary>What a classifier says of one image.</summary>
/// <param name="Image">Name of the image; a path, for a file.</param>
/// <param name="Label">The most probable class.</param>
/// <param name="Probability">Its probability, in [0, 1].</param>
/// <param name="Labels">All classes above the threshold, most probable first; may be empty.</param>
/// <param name="Probabilities">Every class, in the order of the ids.</param>
public sealed record Prediction(
    string Image,
    string Label,
    double Probability,
    IReadOnlyList<string> Labels,
    IReadOnlyList<LabelProbability> Probabilities)
{
    internal static Prediction Of(string image, LabelMap labels, IReadOnlyList<double> thresholds, ReadOnlySpan<float> probabilities)
    {
        var all = new LabelProbability[labels.Count];
        var top = 0;
        for (var i = 0; i < all.Length; i++)
        {
            all[i] = new(labels[i], probabilities[i]);
            top = probabilities[i] > probabilities[top] ? i : top;
        }

        string[] predicted = [.. all.Where((p, i) => p.Probability > thresholds[i]).OrderByDescending(p => p.Probability).Select(p => p.Label)];
        return new Prediction(image, all[top].Label, all[top].Probability, predicted, all);
    }
}
