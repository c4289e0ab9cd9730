namespace Cass.Training;

/// <summary>A class and how probable the network holds it to be.</summary>
/// <param name="Label">The class's name.</param>
/// <param name="Probability">Sigmoid of its logit, in [0, 1]; the probabilities of an image's classes need not add up to 1.</param>
public sealed record LabelProbability(string Label, double Probability);
