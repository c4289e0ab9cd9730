using static TorchSharp.torch;

namespace Cass.Explain;

/// <summary>Grad-CAM and HiResCAM, which need the gradient of a network's head alone.</summary>
internal static class ClassActivation
{
    private static readonly long[] Places = [2, 3];

    /// <param name="input">What is explained.</param>
    /// <param name="byPlace">True to weigh each place by its own gradient (HiResCAM), false to weigh channels by their mean gradient (Grad-CAM).</param>
    /// <returns>[height, width] of the last feature map, before the rectification of Grad-CAM's equation 2.</returns>
    public static RelevanceMap Compute(ExplainedInput input, bool byPlace)
    {
        using var scope = NewDisposeScope();
        var features = FeaturesOf(input);
        using var graded = enable_grad();
        var leaf = features.detach().requires_grad_();
        var gradient = autograd.grad([input.Logit(input.Network.ForwardHead(leaf))], [leaf])[0];
        var weights = byPlace ? gradient : gradient.mean(Places, keepdim: true);
        return input.ToMap(features.mul(weights).sum(1), features.size(2), features.size(3));
    }

    private static Tensor FeaturesOf(ExplainedInput input)
    {
        using var ungraded = no_grad();
        var features = input.Network.ForwardFeatures(input.Image);
        return features.dim() == 4
            ? features
            : throw new CassInputException($"The features of '{input.Network.ModelName}' are of shape [{string.Join(", ", features.shape)}], and not a map [batch, features, height, width]; use {ExplanationMethod.Occlusion} or {ExplanationMethod.IntegratedGradients}.");
    }
}
