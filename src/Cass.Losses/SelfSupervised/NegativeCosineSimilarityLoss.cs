using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Losses;

/// <summary>
/// The loss of SimSiam: −⟨p̂, ẑ⟩ between a prediction p and a projection z, both of length 1. No gradient reaches z,
/// which is what keeps SimSiam from collapsing.
/// </summary>
/// <remarks>
/// <para>From −1, where both point the same way, to 1. Half and bfloat16 are computed, and returned, in float32.</para>
/// <para>Source: Chen and He 2021, <em>Exploring Simple Siamese Representation Learning</em> (arXiv 2011.10566), eq. 1–4.</para>
/// </remarks>
/// <param name="reduction">Mean over the batch by default; None keeps one value a vector.</param>
public sealed class NegativeCosineSimilarityLoss(Reduction reduction = Reduction.Mean) : Loss<Tensor, Tensor, Tensor>(reduction)
{
    /// <summary>Computes the loss in one direction.</summary>
    /// <param name="input1">Predictions for one view: float [batch, dimensions].</param>
    /// <param name="input2">Projections of the other view: the same shape, type and device.</param>
    /// <returns>A scalar, or [batch] without reduction.</returns>
    /// <exception cref="ArgumentException">Shapes, types or devices differ, or there is nothing to compare.</exception>
    public override Tensor forward(Tensor input1, Tensor input2)
    {
        StopGradientPairs.Require(nameof(NegativeCosineSimilarityLoss), input1, input2);
        using var scope = NewDisposeScope();
        return NormalizedL2SimilarityLoss.Cosine(input1.ToComputeType(), input2.detach().ToComputeType()).neg().Reduce(reduction).MoveToOuterDisposeScope();
    }

    /// <summary>The mean of both directions: each view's prediction against the other view's projection (eq. 4).</summary>
    /// <param name="prediction1">Predictions for the first view: float [batch, dimensions].</param>
    /// <param name="prediction2">Predictions for the second view.</param>
    /// <param name="projection1">Projections of the first view.</param>
    /// <param name="projection2">Projections of the second view.</param>
    /// <returns>A scalar, or [batch] without reduction.</returns>
    /// <exception cref="ArgumentException">Shapes, types or devices differ, or there is nothing to compare.</exception>
    public Tensor Symmetrized(Tensor prediction1, Tensor prediction2, Tensor projection1, Tensor projection2)
    {
        using var first = forward(prediction1, projection2);
        using var second = forward(prediction2, projection1);
        using var sum = first.Plus(second);
        return sum.Over(2);
    }
}
