using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Losses;

/// <summary>
/// The loss of DINO: cross-entropy between the teacher's centred, sharpened distribution over the output dimensions and
/// the student's, averaged over all pairs of a teacher view and a different student view.
/// </summary>
/// <remarks>
/// <para>The first student views are the teacher's, in the same order; further ones are the small crops. No gradient
/// reaches the teacher. After the loss, in training mode, the centre moves towards the mean teacher output:
/// c ← m·c + (1 − m)·mean.</para>
/// <para>The centre is the buffer <c>center</c>, of [1, dimensions]: it moves with the module and is in its state dict.
/// Half and bfloat16 are computed, and returned, in float32.</para>
/// <para>Source: Caron et al. 2021, <em>Emerging Properties in Self-Supervised Vision Transformers</em>
/// (arXiv 2104.14294), eq. 1–4 and algorithm 1.</para>
/// </remarks>
public sealed class DinoLoss : Module<Tensor, Tensor, Tensor>
{
    private const string CenterName = "center";
    private double studentTemperature;
    private double teacherTemperature;

    /// <summary>Creates the loss, with a centre of 0.</summary>
    /// <param name="outputDimensions">Length of the networks' output vectors, at least 1.</param>
    /// <param name="studentTemperature">Temperature of the student's softmax, greater than 0. Default 0.1.</param>
    /// <param name="teacherTemperature">Temperature of the teacher's softmax, greater than 0; lower is sharper. Default 0.04.</param>
    /// <param name="centerMomentum">Momentum m of the centre, in [0, 1]. Default 0.9.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public DinoLoss(long outputDimensions, double studentTemperature = 0.1, double teacherTemperature = 0.04, double centerMomentum = 0.9)
        : base(nameof(DinoLoss))
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(outputDimensions, 1);
        LossArguments.RequireShare(nameof(DinoLoss), nameof(centerMomentum), centerMomentum, oneAllowed: true);
        StudentTemperature = studentTemperature;
        TeacherTemperature = teacherTemperature;
        CenterMomentum = centerMomentum;
        register_buffer(CenterName, zeros(1, outputDimensions).DetachFromDisposeScope());
    }

    /// <summary>Temperature of the student's softmax, greater than 0.</summary>
    public double StudentTemperature
    {
        get => studentTemperature;
        set
        {
            LossArguments.RequireFinite(nameof(DinoLoss), nameof(StudentTemperature), value, 0, inclusive: false);
            studentTemperature = value;
        }
    }

    /// <summary>Temperature of the teacher's softmax, greater than 0; DINO warms it up over the first epochs.</summary>
    public double TeacherTemperature
    {
        get => teacherTemperature;
        set
        {
            LossArguments.RequireFinite(nameof(DinoLoss), nameof(TeacherTemperature), value, 0, inclusive: false);
            teacherTemperature = value;
        }
    }

    /// <summary>Momentum m of the centre.</summary>
    public double CenterMomentum { get; }

    /// <summary>The centre that teacher outputs are moved by: [1, dimensions]; owned by the module.</summary>
    public Tensor Center => get_buffer(CenterName)!;

    /// <summary>Computes the loss and, in training mode, moves the centre.</summary>
    /// <param name="input1">Student outputs: float [student views, batch, dimensions].</param>
    /// <param name="input2">Teacher outputs: [teacher views, batch, dimensions], of the same type and device, for the first of the student's views.</param>
    /// <returns>A scalar; float32 where the outputs are half or bfloat16.</returns>
    /// <exception cref="ArgumentException">Shapes, types or devices do not fit one another or the centre.</exception>
    public override Tensor forward(Tensor input1, Tensor input2)
    {
        RequireViews(input1, input2);
        using var scope = NewDisposeScope();
        var teacher = input2.detach().ToComputeType();
        var student = input1.ToComputeType();
        var center = Center;
        var q = teacher.Minus(center.to(teacher.dtype)).Over(TeacherTemperature).softmax(-1);
        var logP = student.Over(StudentTemperature).log_softmax(-1);

        // The sum over all pairs i, j of q_i·log p_j is (Σ q)·(Σ log p); the pairs of a view with itself then leave it.
        var (views, teacherViews) = (student.shape[0], teacher.shape[0]);
        var allPairs = (q.sum([0]) * logP.sum([0])).sum(-1);
        var samePairs = (q * logP.narrow(0, 0, teacherViews)).sum([0, 2]);
        var pairs = (teacherViews * views) - teacherViews;
        var loss = samePairs.Minus(allPairs).mean().Over(pairs);
        if (training)
        {
            MoveCenter(center, teacher);
        }

        return loss.MoveToOuterDisposeScope();
    }

    private void MoveCenter(Tensor center, Tensor teacher)
    {
        using var noGradient = no_grad();
        var mean = DistributedBatch.Mean(teacher.reshape(-1, teacher.shape[2])).to(center.dtype);
        center.mul_(KeptScalar.Of(CenterMomentum)).add_(mean, KeptScalar.Of(1 - CenterMomentum));
    }

    private void RequireViews(Tensor student, Tensor teacher)
    {
        LossArguments.RequireFloatingPoint(nameof(DinoLoss), nameof(student), student);
        LossArguments.RequireFloatingPoint(nameof(DinoLoss), nameof(teacher), teacher);
        var shapes = $"{nameof(DinoLoss)}: student outputs are {LossArguments.ShapeOf(student)} and teacher outputs {LossArguments.ShapeOf(teacher)}";
        if (student.dim() != 3 || teacher.dim() != 3 || student.shape[1] != teacher.shape[1] || student.shape[2] != teacher.shape[2])
        {
            throw new ArgumentException($"{shapes}; they must be [views, batch, dimensions] with the same batch and dimensions.", nameof(teacher));
        }

        if (teacher.shape[0] < 1 || student.shape[0] < Math.Max(2, teacher.shape[0]))
        {
            throw new ArgumentException($"{shapes}; there must be at least 1 teacher view and 2 student views, and no fewer of the student's than of the teacher's.", nameof(student));
        }

        LossArguments.RequireNotEmpty(nameof(DinoLoss), nameof(student), student);
        if (student.shape[2] != Center.shape[1])
        {
            throw new ArgumentException($"{shapes}, but the loss was made for {Center.shape[1]} dimensions (centre {LossArguments.ShapeOf(Center)}).", nameof(student));
        }

        LossArguments.RequireSameDevice(nameof(DinoLoss), nameof(student), student, nameof(teacher), teacher);
        if (student.device_type != Center.device_type || student.device_index != Center.device_index)
        {
            throw new ArgumentException($"{nameof(DinoLoss)}: outputs are on {student.device} and the centre on {Center.device}; move the loss there with to(device).", nameof(student));
        }
    }
}
