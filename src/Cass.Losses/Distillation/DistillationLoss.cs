using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Losses;

/// <summary>
/// How far a student's probabilities are from a teacher's, both softened by a temperature T: T²·KL(softmax(teacher/T) ‖ softmax(student/T))
/// for labels that exclude one another, T²·BCE(σ(student/T), σ(teacher/T)) for independent ones.
/// </summary>
/// <remarks>
/// <para>KL(p ‖ q) = Σ p·log(p/q) over the classes, which is 0 where both agree; BCE is binary cross-entropy, whose least value is the
/// teacher's own entropy. Gradients of softened probabilities fall with 1/T², which the factor T² makes up for, so that the weight
/// of the loss beside another one need not be changed with T.</para>
/// <para>Gradients reach the student alone. Computed through the log-softmax and the log-sigmoid: finite for logits of any size. Half and
/// bfloat16 are computed, and returned, in float32. NaN logits give a NaN loss.</para>
/// <para>Source: Hinton, Vinyals and Dean 2015 (arXiv 1503.02531), section 2.</para>
/// </remarks>
/// <example><code>
/// using var loss = new DistillationLoss(temperature: 2);
/// using var value = loss.forward(student.forward(images), teacher.forward(images));
/// </code></example>
public sealed class DistillationLoss : Loss<Tensor, Tensor, Tensor>
{
    /// <summary>Creates the loss.</summary>
    /// <param name="temperature">Temperature T, above 0; the higher, the more the teacher's small probabilities count. Default 2.</param>
    /// <param name="kind">Whether the labels of an image exclude one another, which is the default.</param>
    /// <param name="reduction">
    /// Mean by default: over the batch for labels that exclude one another (PyTorch's <c>batchmean</c>), over all elements for independent
    /// ones. None keeps [batch] and [batch, classes].
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The temperature is not a finite number above 0.</exception>
    public DistillationLoss(double temperature = 2, LabelKind kind = LabelKind.Exclusive, Reduction reduction = Reduction.Mean)
        : base(reduction)
    {
        LossArguments.RequireFinite(nameof(DistillationLoss), nameof(temperature), temperature, 0, inclusive: false);
        Temperature = temperature;
        Kind = kind;
    }

    /// <summary>Temperature T.</summary>
    public double Temperature { get; }

    /// <summary>Whether the labels of an image exclude one another.</summary>
    public LabelKind Kind { get; }

    /// <summary>Computes the loss.</summary>
    /// <param name="input1">Logits of the student: float [batch, classes].</param>
    /// <param name="input2">Logits of the teacher for the same images: of the same shape and device, of any floating-point type.</param>
    /// <returns>A scalar; without reduction [batch], or [batch, classes] for independent labels. Float32 where the student's logits are half or bfloat16.</returns>
    /// <exception cref="ArgumentException">Shapes, types or devices do not fit one another.</exception>
    public override Tensor forward(Tensor input1, Tensor input2)
    {
        const string Layout = "[batch, classes]";
        LossArguments.RequireFloatingPoint(nameof(DistillationLoss), "student logits", input1);
        LossArguments.RequireFloatingPoint(nameof(DistillationLoss), "teacher logits", input2);
        LossArguments.RequireMatrix(nameof(DistillationLoss), "student logits", input1, Layout);
        LossArguments.RequireSameShape(nameof(DistillationLoss), "student logits", input1, "teacher logits", input2, Layout);
        LossArguments.RequireSameDevice(nameof(DistillationLoss), "student logits", input1, "teacher logits", input2);
        LossArguments.RequireNotEmpty(nameof(DistillationLoss), "student logits", input1);

        using var scope = NewDisposeScope();
        var logits = input1.ToComputeType();
        var student = Softened(logits);
        var teacher = Softened(input2.detach().to(logits.dtype));
        var loss = Kind == LabelKind.Exclusive
            ? Divergence(teacher.log_softmax(1), student.log_softmax(1))
            : functional.binary_cross_entropy_with_logits(student, teacher.sigmoid(), reduction: Reduction.None);
        return (Temperature == 1 ? loss : loss.Times(Temperature * Temperature)).Reduce(reduction).MoveToOuterDisposeScope();
    }

    /// <summary>Σ p·(log p − log q) of each row.</summary>
    private static Tensor Divergence(Tensor logP, Tensor logQ) => (logP.exp() * logP.Minus(logQ)).sum(1);

    private Tensor Softened(Tensor logits) => Temperature == 1 ? logits : logits.Over(Temperature);
}
