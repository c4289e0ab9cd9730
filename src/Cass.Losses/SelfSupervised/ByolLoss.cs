using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Losses;

/// <summary>
/// The loss of BYOL: 2 − 2·⟨p̂, ẑ⟩ between the online network's prediction p and the target network's projection z,
/// both of length 1. No gradient reaches z.
/// </summary>
/// <remarks>
/// <para>From 0 to 4 for one direction, from 0 to 8 where symmetrised. Half and bfloat16 are computed, and returned, in
/// float32.</para>
/// <para>Source: Grill et al. 2020, <em>Bootstrap Your Own Latent</em> (arXiv 2006.07733), eq. 2.</para>
/// </remarks>
/// <param name="reduction">Mean over the batch by default; None keeps one value a vector.</param>
public sealed class ByolLoss(Reduction reduction = Reduction.Mean) : Loss<Tensor, Tensor, Tensor>(reduction)
{
    /// <summary>Computes the loss in one direction.</summary>
    /// <param name="input1">Predictions of the online network for one view: float [batch, dimensions].</param>
    /// <param name="input2">Projections of the target network for the other view: the same shape, type and device.</param>
    /// <returns>A scalar, or [batch] without reduction.</returns>
    /// <exception cref="ArgumentException">Shapes, types or devices differ, or there is nothing to compare.</exception>
    public override Tensor forward(Tensor input1, Tensor input2)
    {
        StopGradientPairs.Require(nameof(ByolLoss), input1, input2);
        using var scope = NewDisposeScope();
        return NormalizedL2SimilarityLoss.PerVector(input1.ToComputeType(), input2.detach().ToComputeType()).Reduce(reduction).MoveToOuterDisposeScope();
    }

    /// <summary>The sum of both directions: each view's prediction against the other view's target.</summary>
    /// <param name="prediction1">Predictions of the online network for the first view: float [batch, dimensions].</param>
    /// <param name="prediction2">Predictions of the online network for the second view.</param>
    /// <param name="target1">Projections of the target network for the first view.</param>
    /// <param name="target2">Projections of the target network for the second view.</param>
    /// <returns>A scalar, or [batch] without reduction.</returns>
    /// <exception cref="ArgumentException">Shapes, types or devices differ, or there is nothing to compare.</exception>
    public Tensor Symmetrized(Tensor prediction1, Tensor prediction2, Tensor target1, Tensor target2)
    {
        using var first = forward(prediction1, target2);
        using var second = forward(prediction2, target1);
        return first.Plus(second);
    }
}
