namespace Cass.Explain;

/// <summary>What in an image a classifier's network has based a class on. It holds no native memory.</summary>
public sealed class Explanation
{
    internal Explanation(PixelImage image, string network, string label, Prediction prediction, NetworkRelevance relevance)
    {
        (Image, Network, Label, Prediction) = (image, network, label, prediction);
        (Method, ClassId, Relevance, CompletenessGap) = (relevance.Method, relevance.ClassId, relevance.Map, relevance.CompletenessGap);
        HeatMap = relevance.Map.ToHeat(image.Height, image.Width);
    }

    /// <summary>The image, in its own size.</summary>
    public PixelImage Image { get; }

    /// <summary>The network's name, such as <c>resnet50</c>.</summary>
    public string Network { get; }

    /// <summary>The method.</summary>
    public ExplanationMethod Method { get; }

    /// <summary>The number of the class that is explained.</summary>
    public int ClassId { get; }

    /// <summary>Its name.</summary>
    public string Label { get; }

    /// <summary>Its probability, in [0, 1].</summary>
    public double Probability => Prediction.Probabilities[ClassId].Probability;

    /// <summary>What the classifier says of the image.</summary>
    public Prediction Prediction { get; }

    /// <summary>
    /// What speaks for the class (by <see cref="ExplanationMethod.AttentionRollout"/>: what is attended to, for any class), in the
    /// image's own size: 1 at the hottest place, 0 where nothing does. How much that is in all, it does not say.
    /// </summary>
    public RelevanceMap HeatMap { get; }

    /// <summary>As the method computes it, with its sign and in a size of its own; see <see cref="NetworkRelevance.Map"/>.</summary>
    public RelevanceMap Relevance { get; }

    /// <summary>See <see cref="NetworkRelevance.CompletenessGap"/>: a few percent are enough for a picture; more <see cref="ExplanationOptions.IntegrationSteps"/> make it smaller.</summary>
    public double? CompletenessGap { get; }

    /// <summary>Says it in a line: <c>resnet50, HiResCam of glioma 87.5 % in scan.jpg</c>.</summary>
    /// <returns>The line.</returns>
    public override string ToString() => $"{Network}, {Method} of {Prediction.Probabilities[ClassId]} in {Prediction.Image}";
}
