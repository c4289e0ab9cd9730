using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Losses;

/// <summary>
/// Focal loss on sigmoid outputs, for multi-label targets: −α·(1 − pt)^γ·log(pt)·w, with
/// log(pt) = t·log(p) + (1 − t)·log(1 − p) and p = σ(z).
/// </summary>
/// <remarks>
/// <para>γ = 0, α = 1 without class weights is binary cross-entropy. Unlike in the original paper, α weighs positives and
/// negatives alike: that is how CASS publishes it.</para>
/// <para><see cref="FocalLossForm.Stable"/>, the default, equals the published form wherever that is accurate, and stays
/// finite with correct gradients for logits up to ±1e4 and beyond. Half and bfloat16 are computed, and returned, in
/// float32.</para>
/// <para>Class weights are the buffer <c>class_weights</c>: they move with the module and are in its state dict.</para>
/// <para>NaN logits give a NaN loss. Targets outside [0, 1] are an exception on the CPU; on other devices, where looking
/// at them would make the host wait, they make the loss NaN.</para>
/// <para>Source: Lin et al. 2017 (arXiv 1708.02002), eq. 5; the form is that of the CASS notebook
/// (Singh et al., arXiv 2206.04170), whose ε is 1e-12.</para>
/// </remarks>
/// <example><code>
/// using var loss = new FocalLoss(classWeights: ClassWeights.InverseFrequency(train.ClassCounts));
/// loss.to(device);
/// using var value = loss.forward(logits, targets);
/// </code></example>
public sealed class FocalLoss : Loss<Tensor, Tensor, Tensor>
{
    private readonly Tensor? class_weights;

    /// <summary>Creates the loss.</summary>
    /// <param name="alpha">Factor on the whole loss, α; greater than 0. Default 1.</param>
    /// <param name="gamma">Focusing parameter γ, at least 0: how strongly well-classified examples fade. Default 2.</param>
    /// <param name="classWeights">One weight a class, each at least 0; all 1 where null.</param>
    /// <param name="form">How logarithms are taken; numerically stable by default.</param>
    /// <param name="epsilon">ε of the published form, greater than 0; the stable form needs none. Default 1e-12.</param>
    /// <param name="reduction">Mean over all elements by default; None keeps [batch, classes].</param>
    /// <exception cref="ArgumentException">A parameter is out of its range.</exception>
    public FocalLoss(
        double alpha = 1,
        double gamma = 2,
        IReadOnlyList<double>? classWeights = null,
        FocalLossForm form = FocalLossForm.Stable,
        double epsilon = 1e-12,
        Reduction reduction = Reduction.Mean)
        : base(reduction)
    {
        LossArguments.RequireFinite(nameof(FocalLoss), nameof(alpha), alpha, 0, inclusive: false);
        LossArguments.RequireFinite(nameof(FocalLoss), nameof(gamma), gamma, 0);
        LossArguments.RequireFinite(nameof(FocalLoss), nameof(epsilon), epsilon, 0, inclusive: false);
        Alpha = alpha;
        Gamma = gamma;
        Form = form;
        Epsilon = epsilon;
        if (classWeights is not null)
        {
            class_weights = ClassWeights.ToBuffer(nameof(FocalLoss), classWeights);
            register_buffer(ClassWeights.BufferName, class_weights);
        }
    }

    /// <summary>Factor on the whole loss, α.</summary>
    public double Alpha { get; }

    /// <summary>Focusing parameter γ.</summary>
    public double Gamma { get; }

    /// <summary>How logarithms are taken.</summary>
    public FocalLossForm Form { get; }

    /// <summary>ε of the published form.</summary>
    public double Epsilon { get; }

    /// <summary>Computes the loss.</summary>
    /// <param name="input1">Logits: float [batch, classes].</param>
    /// <param name="input2">Targets in [0, 1]: [batch, classes] on the same device, of any real type or bool.</param>
    /// <returns>A scalar, or [batch, classes] without reduction; float32 where the logits are half or bfloat16.</returns>
    /// <exception cref="ArgumentException">Shapes or devices do not fit one another or the class weights.</exception>
    /// <exception cref="CassInputException">On the CPU: a target is not in [0, 1].</exception>
    public override Tensor forward(Tensor input1, Tensor input2)
    {
        const string Layout = "[batch, classes]";
        LossArguments.RequireFloatingPoint(nameof(FocalLoss), "logits", input1);
        LossArguments.RequireMatrix(nameof(FocalLoss), "logits", input1, Layout);
        LossArguments.RequireNoClassIndices(nameof(FocalLoss), input1, input2);
        LossArguments.RequireSameShape(nameof(FocalLoss), "logits", input1, "targets", input2, Layout);
        LossArguments.RequireSameDevice(nameof(FocalLoss), "logits", input1, "targets", input2);
        LossArguments.RequireNotEmpty(nameof(FocalLoss), "logits", input1);
        var weights = BufferOrNull();
        ClassWeights.RequireFit(nameof(FocalLoss), weights, input1);
        LossArguments.RequireUnitInterval(nameof(FocalLoss), "targets", input2);

        using var scope = NewDisposeScope();
        var logits = input1.ToComputeType();
        var targets = input2.to(logits.dtype);
        var loss = Form == FocalLossForm.Stable ? Stable(logits, targets) : Published(logits, targets);
        if (weights is not null)
        {
            loss = loss * weights.to(logits.dtype);
        }

        if (targets.device_type != DeviceType.CPU)
        {
            loss = LossArguments.PoisonOutsideUnitInterval(loss, targets);
        }

        return loss.Reduce(reduction).MoveToOuterDisposeScope();
    }

    private Tensor? BufferOrNull() => class_weights is null ? null : get_buffer(ClassWeights.BufferName);

    private Tensor Stable(Tensor logits, Tensor targets)
    {
        // −log(pt), exact for any logit: the kernel works on max(z, 0) − t·z + log(1 + e^−|z|).
        var crossEntropy = functional.binary_cross_entropy_with_logits(logits, targets, reduction: Reduction.None);
        var loss = Gamma == 0 ? crossEntropy : FocalFactor.Of(crossEntropy, Gamma) * crossEntropy;
        return Alpha == 1 ? loss : loss.Times(Alpha);
    }

    private static Tensor Complement(Tensor share) => TensorArithmetic.Minus(1, share);

    private Tensor Published(Tensor logits, Tensor targets)
    {
        var p = logits.sigmoid();
        var logPt = (targets * p.Plus(Epsilon).log()).Plus(Complement(targets) * Complement(p).Plus(Epsilon).log());
        var pt = logPt.exp();
        return Complement(pt).pow(KeptScalar.Of(Gamma)).Times(-Alpha) * logPt;
    }
}
