using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Losses;

/// <summary>
/// The loss of Barlow Twins: Σᵢ(1 − Cᵢᵢ)² + λ·Σᵢ≠ⱼ Cᵢⱼ², where C is the cross-correlation, over the batch, between the
/// dimensions of two sets of embeddings of the same images.
/// </summary>
/// <remarks>
/// <para>0 where corresponding dimensions correlate fully and different ones not at all. Each dimension is standardised
/// over the batch with ε added to its variance. Gradients reach both arguments. Half and bfloat16 are computed, and
/// returned, in float32.</para>
/// <para>Memory and work grow with the square of the smaller of batch and dimensions: the [dimensions, dimensions]
/// matrix is only formed where the batch is the larger one.</para>
/// <para>Source: Zbontar et al. 2021, <em>Barlow Twins: Self-Supervised Learning via Redundancy Reduction</em>
/// (arXiv 2103.03230), eq. 1 and 2.</para>
/// </remarks>
public sealed class BarlowTwinsLoss : Module<Tensor, Tensor, Tensor>
{
    /// <summary>Creates the loss.</summary>
    /// <param name="offDiagonalWeight">λ, at least 0. Default 0.0051, that of the authors' code, which the paper rounds to 5e-3 (section 2.2).</param>
    /// <param name="epsilon">Added to each dimension's variance; greater than 0. Default 1e-5.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public BarlowTwinsLoss(double offDiagonalWeight = 0.0051, double epsilon = 1e-5)
        : base(nameof(BarlowTwinsLoss))
    {
        LossArguments.RequireFinite(nameof(BarlowTwinsLoss), nameof(offDiagonalWeight), offDiagonalWeight, 0);
        LossArguments.RequireFinite(nameof(BarlowTwinsLoss), nameof(epsilon), epsilon, 0, inclusive: false);
        OffDiagonalWeight = offDiagonalWeight;
        Epsilon = epsilon;
    }

    /// <summary>λ.</summary>
    public double OffDiagonalWeight { get; }

    /// <summary>Added to each dimension's variance.</summary>
    public double Epsilon { get; }

    /// <summary>Computes the loss.</summary>
    /// <param name="input1">Embeddings of one view or network: float [batch, dimensions], a batch of at least 2.</param>
    /// <param name="input2">Embeddings of the other: the same shape, type and device.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">The embeddings are not that.</exception>
    public override Tensor forward(Tensor input1, Tensor input2)
    {
        LossArguments.RequireAlike(nameof(BarlowTwinsLoss), nameof(input1), input1, nameof(input2), input2, "[batch, dimensions]");
        LossArguments.RequireEmbeddings(nameof(BarlowTwinsLoss), nameof(input1), input1);
        using var scope = NewDisposeScope();
        var (batch, dimensions) = (input1.shape[0], input1.shape[1]);
        var x = Standardized(input1.ToComputeType());
        var y = Standardized(input2.ToComputeType());
        var diagonal = (x * y).mean([0]);
        var loss = TensorArithmetic.Minus(1, diagonal).Squared().sum();
        if (OffDiagonalWeight > 0)
        {
            // With C = XᵀY/n, the sum of squared entries of C is ⟨XXᵀ, YYᵀ⟩/n².
            var all = batch < dimensions
                ? (x.matmul(x.t()) * y.matmul(y.t())).sum().Over((double)batch * batch)
                : x.t().matmul(y).Over(batch).Squared().sum();
            loss = loss.Plus(all.Minus(diagonal.Squared().sum()).Times(OffDiagonalWeight));
        }

        return loss.MoveToOuterDisposeScope();
    }

    private Tensor Standardized(Tensor embeddings)
    {
        var centered = embeddings.Minus(embeddings.mean([0], keepdim: true));
        return centered / centered.Squared().mean([0], keepdim: true).Plus(Epsilon).sqrt();
    }
}
