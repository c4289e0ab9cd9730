using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Losses;

/// <summary>
/// The loss of VICReg: λ·invariance + μ·variance + ν·covariance over two sets of embeddings of the same images. The
/// invariance draws each pair together; the other two keep each set from collapsing.
/// </summary>
/// <remarks>
/// <para>Invariance is the mean squared difference over all elements, variance the mean of both sets'
/// <see cref="VarianceLoss"/>, covariance the sum of both sets' <see cref="CovarianceLoss"/>: the scaling that the
/// authors' own weights of 25, 25 and 1 were chosen for. (The paper's eq. 6 adds the variance terms; μ = 50 gives
/// that.) Gradients reach both arguments. Half and bfloat16 are computed, and returned, in float32.</para>
/// <para>Source: Bardes, Ponce and LeCun 2022, <em>VICReg: Variance-Invariance-Covariance Regularization for
/// Self-Supervised Learning</em> (arXiv 2105.04906), eq. 1–6.</para>
/// </remarks>
public sealed class VicRegLoss : Module<Tensor, Tensor, Tensor>
{
    /// <summary>Creates the loss.</summary>
    /// <param name="invarianceWeight">λ, at least 0. Default 25.</param>
    /// <param name="varianceWeight">μ, at least 0. Default 25.</param>
    /// <param name="covarianceWeight">ν, at least 0. Default 1.</param>
    /// <param name="targetStandardDeviation">Standard deviation γ that the variance term asks for; greater than 0. Default 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public VicRegLoss(double invarianceWeight = 25, double varianceWeight = 25, double covarianceWeight = 1, double targetStandardDeviation = 1)
        : base(nameof(VicRegLoss))
    {
        LossArguments.RequireFinite(nameof(VicRegLoss), nameof(invarianceWeight), invarianceWeight, 0);
        LossArguments.RequireFinite(nameof(VicRegLoss), nameof(varianceWeight), varianceWeight, 0);
        LossArguments.RequireFinite(nameof(VicRegLoss), nameof(covarianceWeight), covarianceWeight, 0);
        LossArguments.RequireFinite(nameof(VicRegLoss), nameof(targetStandardDeviation), targetStandardDeviation, 0, inclusive: false);
        InvarianceWeight = invarianceWeight;
        VarianceWeight = varianceWeight;
        CovarianceWeight = covarianceWeight;
        TargetStandardDeviation = targetStandardDeviation;
    }

    /// <summary>λ.</summary>
    public double InvarianceWeight { get; }

    /// <summary>μ.</summary>
    public double VarianceWeight { get; }

    /// <summary>ν.</summary>
    public double CovarianceWeight { get; }

    /// <summary>Standard deviation γ that the variance term asks for.</summary>
    public double TargetStandardDeviation { get; }

    /// <summary>Computes the loss.</summary>
    /// <param name="input1">Embeddings of one view or network: float [batch, dimensions], a batch of at least 2.</param>
    /// <param name="input2">Embeddings of the other: the same shape, type and device.</param>
    /// <returns>A scalar.</returns>
    /// <exception cref="ArgumentException">The embeddings are not that.</exception>
    public override Tensor forward(Tensor input1, Tensor input2)
    {
        LossArguments.RequireAlike(nameof(VicRegLoss), nameof(input1), input1, nameof(input2), input2, "[batch, dimensions]");
        LossArguments.RequireEmbeddings(nameof(VicRegLoss), nameof(input1), input1);
        using var scope = NewDisposeScope();
        var x = input1.ToComputeType();
        var y = input2.ToComputeType();
        var loss = x.Minus(y).Squared().mean().Times(InvarianceWeight);
        if (VarianceWeight > 0)
        {
            loss = loss.Plus(Variance(x).Plus(Variance(y)).Times(VarianceWeight / 2));
        }

        if (CovarianceWeight > 0)
        {
            loss = loss.Plus(CovarianceLoss.Of(x).Plus(CovarianceLoss.Of(y)).Times(CovarianceWeight));
        }

        return loss.MoveToOuterDisposeScope();
    }

    private Tensor Variance(Tensor embeddings) => VarianceLoss.Of(embeddings, TargetStandardDeviation, VarianceLoss.DefaultEpsilon);
}
