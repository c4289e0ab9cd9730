using System.Globalization;

namespace Cass;

/// <summary>A class and how probable the network holds it to be.</summary>
/// <param name="Label">The class's name.</param>
/// <param name="Probability">In [0, 1]: the sigmoid of its logit, where the probabilities of an image's classes need not add up to 1, or its share of their softmax, where they do (<see cref="OutputActivation"/>).</param>
public sealed record LabelProbability(string Label, double Probability)
{
    /// <summary>Says it as in <c>glioma 87.5 %</c>.</summary>
    /// <returns>The class and its probability.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Label} {100 * Probability:0.0} %");
}
