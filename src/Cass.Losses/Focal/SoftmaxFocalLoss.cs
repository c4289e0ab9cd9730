using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Losses;

/// <summary>
/// Focal loss on softmax outputs, for data with one label an image: −α·w·(1 − pt)^γ·log(pt), where pt is the probability
/// of the true class and w its weight. With γ = 0 and α = 1 it is cross-entropy.
/// </summary>
/// <remarks>
/// <para>Targets are class indices, or the shares of the classes: smoothed labels, or those of images that mixup has mixed. The loss of
/// shares t is the sum over the classes of −α·w·t·(1 − p)^γ·log(p): that of the index where one share is 1, and, where γ is 0, the
/// cross-entropy that PyTorch has for class probabilities.</para>
/// <para>Computed through the log-softmax: finite with correct gradients for logits of any size. Half and bfloat16 are computed, and
/// returned, in float32.</para>
/// <para>Class weights are the buffer <c>class_weights</c>: they move with the module and are in its state dict. The mean
/// is over the batch, whatever the weights; PyTorch's of class indices divides by the sum of the weights.</para>
/// <para>NaN logits give a NaN loss. A target that is no class, and shares that are not in [0, 1] or do not add up to 1, are an
/// exception on the CPU; on other devices, where looking at them would make the host wait, they make the loss NaN.</para>
/// <para>Source: Lin et al. 2017 (arXiv 1708.02002), section 3.2, with the softmax in place of the sigmoid.</para>
/// </remarks>
/// <example><code>
/// using var crossEntropy = new SoftmaxFocalLoss(gamma: 0);
/// using var value = crossEntropy.forward(logits, classIndices);
/// </code></example>
public sealed class SoftmaxFocalLoss : Loss<Tensor, Tensor, Tensor>
{
    private readonly Tensor? class_weights;

    /// <summary>Creates the loss.</summary>
    /// <param name="gamma">Focusing parameter γ, at least 0. Default 2.</param>
    /// <param name="classWeights">One weight a class, each at least 0; all 1 where null.</param>
    /// <param name="reduction">Mean over the batch by default; None keeps [batch].</param>
    /// <param name="alpha">Factor on the whole loss, α; greater than 0. Default 1.</param>
    /// <exception cref="ArgumentException">A parameter is out of its range.</exception>
    public SoftmaxFocalLoss(double gamma = 2, IReadOnlyList<double>? classWeights = null, Reduction reduction = Reduction.Mean, double alpha = 1)
        : base(reduction)
    {
        LossArguments.RequireFinite(nameof(SoftmaxFocalLoss), nameof(gamma), gamma, 0);
        LossArguments.RequireFinite(nameof(SoftmaxFocalLoss), nameof(alpha), alpha, 0, inclusive: false);
        Gamma = gamma;
        Alpha = alpha;
        if (classWeights is not null)
        {
            class_weights = ClassWeights.ToBuffer(nameof(SoftmaxFocalLoss), classWeights);
            register_buffer(ClassWeights.BufferName, class_weights);
        }
    }

    /// <summary>Focusing parameter γ.</summary>
    public double Gamma { get; }

    /// <summary>Factor on the whole loss, α.</summary>
    public double Alpha { get; }

    /// <summary>Computes the loss.</summary>
    /// <param name="input1">Logits: float [batch, classes].</param>
    /// <param name="input2">Class indices, Int64 [batch], from 0; or shares of the classes, [batch, classes] of any real type or bool. On the same device.</param>
    /// <returns>A scalar, or [batch] without reduction; float32 where the logits are half or bfloat16.</returns>
    /// <exception cref="ArgumentException">Shapes, types or devices do not fit one another or the class weights.</exception>
    /// <exception cref="CassInputException">On the CPU: a target is not a class, or shares are not in [0, 1] or do not add up to 1.</exception>
    public override Tensor forward(Tensor input1, Tensor input2)
    {
        ArgumentNullException.ThrowIfNull(input2);
        var areShares = input2.dim() == 2;
        if (areShares)
        {
            LossArguments.RequireClassShares(nameof(SoftmaxFocalLoss), input1, input2);
        }
        else
        {
            LossArguments.RequireClassIndices(nameof(SoftmaxFocalLoss), input1, input2);
        }

        var weights = class_weights is null ? null : get_buffer(ClassWeights.BufferName);
        ClassWeights.RequireFit(nameof(SoftmaxFocalLoss), weights, input1);

        using var scope = NewDisposeScope();
        var logits = input1.ToComputeType();
        var loss = areShares ? OfShares(logits, input2.to(logits.dtype), weights) : OfIndices(logits, input2, weights);
        return (Alpha == 1 ? loss : loss.Times(Alpha)).Reduce(reduction).MoveToOuterDisposeScope();
    }

    private Tensor OfIndices(Tensor logits, Tensor indices, Tensor? weights)
    {
        var loss = Focused(LossArguments.AtClass(logits.log_softmax(1), indices).neg());
        return weights is null ? loss : loss * LossArguments.AtClass(weights.to(logits.dtype).unsqueeze(0).expand(logits.shape), indices);
    }

    private Tensor OfShares(Tensor logits, Tensor shares, Tensor? weights)
    {
        var loss = shares * Focused(logits.log_softmax(1).neg());
        var sum = (weights is null ? loss : loss * weights.to(logits.dtype)).sum(1);
        return shares.device_type == DeviceType.CPU ? sum : LossArguments.PoisonWithoutShares(sum, shares);
    }

    private Tensor Focused(Tensor negativeLogP) => Gamma == 0 ? negativeLogP : FocalFactor.Of(negativeLogP, Gamma) * negativeLogP;
}
