using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Losses;

/// <summary>
/// The loss of CASS: 2 − 2·⟨x̂, ŷ⟩ with x̂ = x/‖x‖₂ and ŷ = y/‖y‖₂ over the last dimension, which is the squared
/// distance ‖x̂ − ŷ‖² of the two directions.
/// </summary>
/// <remarks>
/// <para>From 0, where both vectors point the same way, to 4, where they point opposite ways. Norms below 1e-12 count
/// as 1e-12, so that a zero vector has the value 2 and no gradient is NaN. Gradients reach both arguments: there is no
/// stop-gradient and no predictor.</para>
/// <para>Half and bfloat16 are computed, and returned, in float32. NaN in gives NaN out.</para>
/// <para>Source: Singh et al., <em>CASS: Cross Architectural Self-Supervision for Medical Image Analysis</em>
/// (arXiv 2206.04170), the loss of section 3; the same expression as Grill et al. 2020 (BYOL, arXiv 2006.07733), eq. 2.</para>
/// </remarks>
/// <example><code>
/// using var loss = new NormalizedL2SimilarityLoss();
/// using var value = loss.forward(transformer.forward(images), cnn.forward(images));
/// value.backward();
/// </code></example>
/// <param name="reduction">Mean over the batch by default; None keeps one value a vector.</param>
public sealed class NormalizedL2SimilarityLoss(Reduction reduction = Reduction.Mean) : Loss<Tensor, Tensor, Tensor>(reduction)
{
    private const double SmallestNorm = 1e-12;

    /// <summary>Computes the loss.</summary>
    /// <param name="input1">Float [..., dimensions], usually [batch, dimensions].</param>
    /// <param name="input2">The same shape, type and device.</param>
    /// <returns>A scalar, or [...] without reduction; float32 where the inputs are half or bfloat16.</returns>
    /// <exception cref="ArgumentException">Shapes, types or devices differ, or there is nothing to compare.</exception>
    public override Tensor forward(Tensor input1, Tensor input2)
    {
        LossArguments.RequireAlike(nameof(NormalizedL2SimilarityLoss), nameof(input1), input1, nameof(input2), input2, "[..., dimensions]");
        LossArguments.RequireNotEmpty(nameof(NormalizedL2SimilarityLoss), nameof(input1), input1);
        if (input1.dim() == 0)
        {
            throw new ArgumentException($"{nameof(NormalizedL2SimilarityLoss)}: the inputs are scalars; they must be [..., dimensions].", nameof(input1));
        }

        using var scope = NewDisposeScope();
        return PerVector(input1.ToComputeType(), input2.ToComputeType()).Reduce(reduction).MoveToOuterDisposeScope();
    }

    /// <summary>2 − 2·⟨x̂, ŷ⟩ over the last dimension, for checked inputs, within the caller's dispose scope.</summary>
    internal static Tensor PerVector(Tensor x, Tensor y) => TensorArithmetic.Minus(2, Cosine(x, y).Times(2));

    /// <summary>⟨x̂, ŷ⟩ over the last dimension, for checked inputs, within the caller's dispose scope.</summary>
    internal static Tensor Cosine(Tensor x, Tensor y)
    {
        var directionX = functional.normalize(x, p: 2, dim: -1, eps: SmallestNorm);
        var directionY = functional.normalize(y, p: 2, dim: -1, eps: SmallestNorm);
        return (directionX * directionY).sum(-1);
    }
}
