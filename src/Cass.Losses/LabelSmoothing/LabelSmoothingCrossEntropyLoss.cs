using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Losses;

/// <summary>
/// Cross-entropy against a target that is (1 − ε) the true class and ε spread evenly over all classes:
/// −(1 − ε)·log(pt) − ε·mean over classes of log(p).
/// </summary>
/// <remarks>
/// <para>ε = 0 is cross-entropy. Half and bfloat16 are computed, and returned, in float32. NaN logits give a NaN loss.
/// A target that is no class is an exception on the CPU and a NaN loss on other devices.</para>
/// <para>Source: Szegedy et al. 2016 (arXiv 1512.00567), section 7.</para>
/// </remarks>
public sealed class LabelSmoothingCrossEntropyLoss : Loss<Tensor, Tensor, Tensor>
{
    /// <summary>Creates the loss.</summary>
    /// <param name="epsilon">Share ε of the target that is spread evenly, in [0, 1). Default 0.1.</param>
    /// <param name="reduction">Mean over the batch by default; None keeps [batch].</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public LabelSmoothingCrossEntropyLoss(double epsilon = 0.1, Reduction reduction = Reduction.Mean)
        : base(reduction)
    {
        LossArguments.RequireShare(nameof(LabelSmoothingCrossEntropyLoss), nameof(epsilon), epsilon, oneAllowed: false);
        Epsilon = epsilon;
    }

    /// <summary>Share ε of the target that is spread evenly.</summary>
    public double Epsilon { get; }

    /// <summary>Computes the loss.</summary>
    /// <param name="input1">Logits: float [batch, classes].</param>
    /// <param name="input2">Class indices: Int64 [batch], from 0, on the same device.</param>
    /// <returns>A scalar, or [batch] without reduction; float32 where the logits are half or bfloat16.</returns>
    /// <exception cref="ArgumentException">Shapes, types or devices do not fit one another.</exception>
    /// <exception cref="CassInputException">On the CPU: a target is not a class.</exception>
    public override Tensor forward(Tensor input1, Tensor input2)
    {
        LossArguments.RequireClassIndices(nameof(LabelSmoothingCrossEntropyLoss), input1, input2);
        using var scope = NewDisposeScope();
        var logProbabilities = input1.ToComputeType().log_softmax(1);
        var ofTarget = LossArguments.AtClass(logProbabilities, input2);
        var spread = logProbabilities.mean([1]);
        return ofTarget.Times(Epsilon - 1).Minus(spread.Times(Epsilon)).Reduce(reduction).MoveToOuterDisposeScope();
    }
}
