using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Losses;

/// <summary>
/// The variance term of VICReg: the mean over dimensions of max(0, γ − √(var + ε)). It pushes every dimension of a
/// batch of embeddings to a standard deviation of at least γ, and so keeps images from all being mapped to one point.
/// </summary>
/// <remarks>
/// <para>From 0, where every dimension spreads enough, to γ − √ε, where all embeddings are equal. Usable on its own, on
/// either of two networks. Half and bfloat16 are computed, and returned, in float32.</para>
/// <para>Source: Bardes, Ponce and LeCun 2022, <em>VICReg</em> (arXiv 2105.04906), eq. 1 and 2.</para>
/// </remarks>
public sealed class VarianceLoss : Module<Tensor, Tensor>
{
    internal const double DefaultEpsilon = 1e-4;

    /// <summary>Creates the loss.</summary>
    /// <param name="targetStandardDeviation">Standard deviation γ from which on a dimension costs nothing; greater than 0. Default 1.</param>
    /// <param name="epsilon">ε under the root, greater than 0, which keeps the gradient of equal embeddings finite. Default 1e-4.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public VarianceLoss(double targetStandardDeviation = 1, double epsilon = DefaultEpsilon)
        : base(nameof(VarianceLoss))
    {
        LossArguments.RequireFinite(nameof(VarianceLoss), nameof(targetStandardDeviation), targetStandardDeviation, 0, inclusive: false);
        LossArguments.RequireFinite(nameof(VarianceLoss), nameof(epsilon), epsilon, 0, inclusive: false);
        TargetStandardDeviation = targetStandardDeviation;
        Epsilon = epsilon;
    }

    /// <summary>Standard deviation γ from which on a dimension costs nothing.</summary>
    public double TargetStandardDeviation { get; }

    /// <summary>ε under the root.</summary>
    public double Epsilon { get; }

    /// <summary>Computes the term.</summary>
    /// <param name="input">Embeddings: float [batch, dimensions], a batch of at least 2.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">The embeddings are not that.</exception>
    public override Tensor forward(Tensor input)
    {
        LossArguments.RequireEmbeddings(nameof(VarianceLoss), "embeddings", input);
        using var scope = NewDisposeScope();
        return Of(input.ToComputeType(), TargetStandardDeviation, Epsilon).MoveToOuterDisposeScope();
    }

    internal static Tensor Of(Tensor embeddings, double targetStandardDeviation, double epsilon)
    {
        var centered = embeddings.Minus(embeddings.mean([0], keepdim: true));
        var variances = centered.Squared().sum([0]).Over(embeddings.shape[0] - 1);
        return TensorArithmetic.Minus(targetStandardDeviation, variances.Plus(epsilon).sqrt()).clamp_min(KeptScalar.Of(0L)).mean();
    }
}
