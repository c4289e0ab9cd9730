using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Losses;

/// <summary>
/// The total coding rate of embeddings, with its sign turned so that it is minimised: −R(Z) with
/// R(Z) = ½·log det(I + d/(n·ε²)·ZᵀZ) for a batch Z of n embeddings of d dimensions. It spreads a batch over as many
/// directions as there are.
/// </summary>
/// <remarks>
/// <para>R is the number of nats that the batch takes when it is coded with an error of ε. Embeddings should be of length 1,
/// as in EMP-SSL, since longer ones have a higher rate. Of such, −R goes from −½·log(1 + d/ε²), where all embeddings are equal, down to
/// −(k/2)·log(1 + d/(k·ε²)) with k = min(n, d), where they are spread evenly over k directions. Half and bfloat16 are
/// computed, and returned, in float32; NaN in gives NaN out.</para>
/// <para>I + ZᵀZ and I + ZZᵀ have the same determinant: the smaller is formed, for memory of min(n, d)² and work of
/// n·d·min(n, d).</para>
/// <para>Source: Yu, Chan, You, Song and Ma 2020, <em>Learning Diverse and Discriminative Representations via the Principle of
/// Maximal Coding Rate Reduction</em> (arXiv 2006.08558), eq. 1; Tong, Chen, Ma and LeCun 2023, <em>EMP-SSL</em>
/// (arXiv 2304.03977), where it keeps embeddings from collapsing.</para>
/// </remarks>
/// <example><code>
/// using var rate = new TotalCodingRateLoss();
/// using var directions = functional.normalize(embeddings, dim: 1);
/// using var value = rate.forward(directions);
/// </code></example>
public sealed class TotalCodingRateLoss : Module<Tensor, Tensor>
{
    /// <summary>Creates the loss.</summary>
    /// <param name="squaredError">Squared error ε² of the coding, greater than 0; the smaller, the more do directions of little variance count. Default 0.2, EMP-SSL's.</param>
    /// <exception cref="ArgumentOutOfRangeException">The squared error is out of its range.</exception>
    public TotalCodingRateLoss(double squaredError = 0.2)
        : base(nameof(TotalCodingRateLoss))
    {
        LossArguments.RequireFinite(nameof(TotalCodingRateLoss), nameof(squaredError), squaredError, 0, inclusive: false);
        SquaredError = squaredError;
    }

    /// <summary>Squared error ε² of the coding.</summary>
    public double SquaredError { get; }

    /// <summary>Computes the loss.</summary>
    /// <param name="input">Embeddings: float [batch, dimensions] or [sets, batch, dimensions], a batch of at least 2.</param>
    /// <returns>A scalar; of several sets, the mean.</returns>
    /// <exception cref="ArgumentException">The embeddings are not that.</exception>
    public override Tensor forward(Tensor input)
    {
        LossArguments.RequireFloatingPoint(nameof(TotalCodingRateLoss), "embeddings", input);
        if (input.dim() is not (2 or 3) || input.shape[^2] < 2 || input.numel() == 0)
        {
            throw new ArgumentException(
                $"{nameof(TotalCodingRateLoss)}: embeddings are {LossArguments.ShapeOf(input)}; they must be [batch, dimensions] or [sets, batch, dimensions] with a batch of at least 2.",
                nameof(input));
        }

        using var scope = NewDisposeScope();
        var z = input.ToComputeType();
        var (batch, dimensions) = (z.shape[^2], z.shape[^1]);
        var transposed = z.transpose(-2, -1);
        var products = batch < dimensions ? z.matmul(transposed) : transposed.matmul(z);
        var identity = eye(products.shape[^1], dtype: z.dtype, device: z.device);
        var matrix = products.Times(dimensions / (batch * SquaredError)).Plus(identity);

        // With A = L·Lᵀ, ½·log det A is the sum of the logarithms of L's diagonal. This form of the factorisation neither waits for
        // the device nor throws where A has NaN.
        var (factor, _) = linalg.cholesky_ex(matrix);
        return factor.diagonal(0, -2, -1).log().sum(-1).mean().neg().MoveToOuterDisposeScope();
    }
}
