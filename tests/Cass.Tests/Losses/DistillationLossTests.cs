using Cass.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Tests.Losses;

public sealed class DistillationLossTests
{
    /// <summary>At T = 2 the teacher has 1/4 and 3/4, the student 1/2 each.</summary>
    [Fact]
    public void On_a_softmax_it_is_the_divergence_worked_by_hand()
    {
        using var scope = NewDisposeScope();
        using var loss = new DistillationLoss(temperature: 2);
        var teacher = tensor(new[] { 0, 2 * Math.Log(3) }, [1, 2]);
        Assert.Equal(4 * ((0.25 * Math.Log(0.5)) + (0.75 * Math.Log(1.5))), loss.forward(zeros(1, 2, ScalarType.Float64), teacher).ToDouble(), 12);
        Assert.Equal(0, loss.forward(teacher, teacher).ToDouble(), 15);
    }

    /// <summary>At T = 2 the student has 3/4, the teacher 1/2.</summary>
    [Fact]
    public void On_sigmoids_it_is_the_binary_cross_entropy_worked_by_hand()
    {
        using var scope = NewDisposeScope();
        using var loss = new DistillationLoss(temperature: 2, LabelKind.Independent);
        var student = tensor(new[] { 2 * Math.Log(3) }, [1, 1]);
        Assert.Equal(-4 * ((0.5 * Math.Log(0.75)) + (0.5 * Math.Log(0.25))), loss.forward(student, zeros(1, 1, ScalarType.Float64)).ToDouble(), 12);
    }

    [Theory]
    [InlineData(LabelKind.Exclusive, 1)]
    [InlineData(LabelKind.Exclusive, 4)]
    [InlineData(LabelKind.Independent, 1)]
    [InlineData(LabelKind.Independent, 4)]
    public void Gradients_reach_the_student_alone_and_are_right(LabelKind kind, double temperature)
    {
        using var scope = NewDisposeScope();
        using var loss = new DistillationLoss(temperature, kind);
        using var each = new DistillationLoss(temperature, kind, Reduction.None);
        var (student, teacher) = (Sample.Uniform(1, -3, 3, 4, 3), Sample.Uniform(2, -3, 3, 4, 3));
        Expect.GradientIsRight(z => loss.forward(z, teacher), student);
        Expect.Close(each.forward(student, teacher).mean(), loss.forward(student, teacher), 1e-12, "mean");
        Assert.Equal(kind == LabelKind.Exclusive ? [4] : [4, 3], each.forward(student, teacher).shape);

        // At the softened probabilities q and p, T²·KL has the gradient T·(q − p) for each image.
        if (kind == LabelKind.Exclusive)
        {
            var z = student.clone().requires_grad_();
            var t = teacher.clone().requires_grad_();
            loss.forward(z, t).backward();
            Expect.Close(temperature * ((student / temperature).softmax(1) - (teacher / temperature).softmax(1)) / 4, z.grad!, 1e-12, "gradient");
            Assert.Null(t.grad);
        }
    }

    [Theory]
    [InlineData(LabelKind.Exclusive)]
    [InlineData(LabelKind.Independent)]
    public void Logits_of_any_size_and_type_will_do(LabelKind kind)
    {
        using var scope = NewDisposeScope();
        using var loss = new DistillationLoss(temperature: 0.5, kind);
        var student = tensor(new[] { 1e4f, -1e4f, -1e4f, 1e4f }, [2, 2]).to(ScalarType.BFloat16).requires_grad_();
        var value = loss.forward(student, student.detach().neg().to(ScalarType.Float32));
        value.backward();
        Assert.Equal(ScalarType.Float32, value.dtype);
        Assert.True(double.IsFinite(value.ToDouble()) && value.ToDouble() > 0);
        Assert.True(student.grad!.isfinite().all().ToBoolean());
    }

    [Fact]
    public void Wrong_inputs_are_named()
    {
        using var scope = NewDisposeScope();
        using var loss = new DistillationLoss();
        Assert.Contains("[2, 4]", Assert.Throws<ArgumentException>(() => loss.forward(zeros(2, 3), zeros(2, 4))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => loss.forward(zeros(3), zeros(3)));
        Assert.Throws<ArgumentException>(() => loss.forward(zeros(0, 3), zeros(0, 3)));
        Assert.Throws<ArgumentException>(() => loss.forward(zeros(2, 3), zeros(2, 3, ScalarType.Int64)));
        Assert.Throws<ArgumentException>(() => loss.forward(zeros(2, 3), zeros(2, 3, device: META)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DistillationLoss(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new DistillationLoss(double.NaN));
    }

    [Fact]
    public void It_leaves_only_its_result_behind()
    {
        using var student = randn(4, 3);
        using var teacher = randn(4, 3);
        using var softmax = new DistillationLoss();
        using var sigmoids = new DistillationLoss(kind: LabelKind.Independent);
        Expect.LeavesTensors(0, () => softmax.forward(student, teacher).Dispose());
        Expect.LeavesTensors(0, () => sigmoids.forward(student, teacher).Dispose());
    }
}
