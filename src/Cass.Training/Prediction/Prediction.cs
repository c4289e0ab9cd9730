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
    IReadOnlyList<LabelProbability> Probabilities);
