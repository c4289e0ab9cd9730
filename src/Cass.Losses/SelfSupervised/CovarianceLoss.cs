using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Losses;

/// <summary>
/// The covariance term of VICReg: the sum of the squared covariances between different dimensions of a batch of
/// embeddings, over the number of dimensions. It keeps dimensions from all telling the same.
/// </summary>
/// <remarks>
/// <para>From 0, where dimensions do not co-vary; without an upper bound. Usable on its own, on either of two networks.
/// Half and bfloat16 are computed, and returned, in float32.</para>
/// <para>Memory and work grow with the square of the smaller of batch and dimensions: the [dimensions, dimensions]
/// matrix is only formed where the batch is the larger one.</para>
/// <para>Source: Bardes, Ponce and LeCun 2022, <em>VICReg</em> (arXiv 2105.04906), eq. 3 and 4.</para>
/// </remarks>
public sealed class CovarianceLoss() : Module<Tensor, Tensor>(nameof(CovarianceLoss))
{
    /// <summary>Computes the term.</summary>
    /// <param name="input">Embeddings: float [batch, dimensions], a batch of at least 2.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">The embeddings are not that.</exception>
    public override Tensor forward(Tensor input)
    {
        LossArguments.RequireEmbeddings(nameof(CovarianceLoss), "embeddings", input);
        using var scope = NewDisposeScope();
        return Of(input.ToComputeType()).MoveToOuterDisposeScope();
    }

    internal static Tensor Of(Tensor embeddings)
    {
        var (batch, dimensions) = (embeddings.shape[0], embeddings.shape[1]);
        var centered = embeddings.Minus(embeddings.mean([0], keepdim: true));
        var variances = centered.Squared().sum([0]).Over(batch - 1);

        // XᵀX and XXᵀ have the same sum of squared entries.
        var products = batch < dimensions ? centered.matmul(centered.t()) : centered.t().matmul(centered);
        var allPairs = products.Over(batch - 1).Squared().sum();
        return allPairs.Minus(variances.Squared().sum()).Over(dimensions);
    }
}
