using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Losses;

/// <summary>
/// Focal loss on softmax outputs, for data with one label an image: −w·(1 − pt)^γ·log(pt), where pt is the probability
/// of the true class and w its weight.
/// </summary>
/// <remarks>
/// <para>γ = 0 without weights is cross-entropy. Computed through the log-softmax: finite with correct gradients for
/// logits of any size. Half and bfloat16 are computed, and returned, in float32.</para>
/// <para>Class weights are the buffer <c>class_weights</c>: they move with the module and are in its state dict. The mean
/// is over the batch, whatever the weights.</para>
/// <para>NaN logits give a NaN loss. A target that is no class is an exception on the CPU; on other devices, where
/// looking at it would make the host wait, it makes the loss NaN.</para>
/// <para>Source: Lin et al. 2017 (arXiv 1708.02002), section 3.2, with the softmax in place of the sigmoid.</para>
/// </remarks>
public sealed class SoftmaxFocalLoss : Loss<Tensor, Tensor, Tensor>
{
    private readonly Tensor? class_weights;

    /// <summary>Creates the loss.</summary>
    /// <param name="gamma">Focusing parameter γ, at least 0. Default 2.</param>
    /// <param name="classWeights">One weight a class, each at least 0; all 1 where null.</param>
    /// <param name="reduction">Mean over the batch by default; None keeps [batch].</param>
    /// <exception cref="ArgumentException">A parameter is out of its range.</exception>
    public SoftmaxFocalLoss(double gamma = 2, IReadOnlyList<double>? classWeights = null, Reduction reduction = Reduction.Mean)
        : base(reduction)
    {
        LossArguments.RequireFinite(nameof(SoftmaxFocalLoss), nameof(gamma), gamma, 0);
        Gamma = gamma;
        if (classWeights is not null)
        {
            class_weights = ClassWeights.ToBuffer(nameof(SoftmaxFocalLoss), classWeights);
            register_buffer(ClassWeights.BufferName, class_weights);
        }
    }

    /// <summary>Focusing parameter γ.</summary>
    public double Gamma { get; }

    /// <summary>Computes the loss.</summary>
    /// <param name="input1">Logits: float [batch, classes].</param>
    /// <param name="input2">Class indices: Int64 [batch], from 0, on the same device.</param>
    /// <returns>A scalar, or [batch] without reduction; float32 where the logits are half or bfloat16.</returns>
    /// <exception cref="ArgumentException">Shapes, types or devices do not fit one another or the class weights.</exception>
    /// <exception cref="CassInputException">On the CPU: a target is not a class.</exception>
    public override Tensor forward(Tensor input1, Tensor input2)
    {
        LossArguments.RequireClassIndices(nameof(SoftmaxFocalLoss), input1, input2);
        var weights = class_weights is null ? null : get_buffer(ClassWeights.BufferName);
        ClassWeights.RequireFit(nameof(SoftmaxFocalLoss), weights, input1);

        using var scope = NewDisposeScope();
        var logits = input1.ToComputeType();
        var crossEntropy = LossArguments.AtClass(logits.log_softmax(1), input2).neg();
        var loss = Gamma == 0 ? crossEntropy : FocalFactor.Of(crossEntropy, Gamma) * crossEntropy;
        if (weights is not null)
        {
            var ofClass = LossArguments.AtClass(weights.to(logits.dtype).unsqueeze(0).expand(logits.shape), input2);
            loss = loss * ofClass;
        }

        return loss.Reduce(reduction).MoveToOuterDisposeScope();
    }
}
