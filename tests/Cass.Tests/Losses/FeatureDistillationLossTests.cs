using Cass.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Losses;

/// <summary>The loss of features against its definition, with loops.</summary>
public sealed class FeatureDistillationLossTests
{
    [Theory]
    [InlineData(2L, 3L)]
    [InlineData(5L, 3L, 2L, 4L)]
    public void It_is_the_mean_squared_distance_from_the_standardised_features(params long[] shape)
    {
        using var scope = NewDisposeScope();
        using var loss = new FeatureDistillationLoss(epsilon: 0.01);
        var student = Sample.Normal(1, shape);
        var teacher = (Sample.Normal(2, shape) * 3) + 7;
        var sum = 0.0;
        for (var c = 0; c < shape[1]; c++)
        {
            double[] s = [.. student.select(1, c).contiguous().data<double>()];
            double[] t = [.. teacher.select(1, c).contiguous().data<double>()];
            var mean = t.Average();
            var deviation = Math.Sqrt(t.Average(v => (v - mean) * (v - mean)) + 0.01);
            sum += s.Zip(t).Sum(pair => Math.Pow(pair.First - ((pair.Second - mean) / deviation), 2));
        }

        Assert.Equal(sum / student.numel(), loss.forward(student, teacher).ToDouble(), 12);
        Expect.GradientIsRight(v => loss.forward(v, teacher), student);
    }

    [Fact]
    public void It_is_1_where_the_student_says_nothing_and_0_where_it_says_all_whatever_the_scale_of_a_channel()
    {
        using var scope = NewDisposeScope();
        using var loss = new FeatureDistillationLoss(epsilon: 1e-12);
        var standard = tensor([1.0, 1, -1, 1, 1, -1, -1, -1], [4, 2]);
        var teacher = (standard * tensor([1000.0, 0.01])) + tensor([5.0, -5]);
        Assert.Equal(1, loss.forward(zeros_like(standard), teacher).ToDouble(), 6);
        Assert.Equal(0, loss.forward(standard, teacher).ToDouble(), 6);
    }

    [Fact]
    public void No_gradient_reaches_the_teacher_and_a_constant_channel_harms_nothing()
    {
        using var scope = NewDisposeScope();
        using var loss = new FeatureDistillationLoss();
        var student = Sample.Normal(1, 3, 2).requires_grad_();
        var teacher = ones(3, 2, ScalarType.Float64).requires_grad_();
        var value = loss.forward(student, teacher);
        value.backward();
        Expect.Close(student.detach().square().mean(), value, 1e-12, "distance from 0");
        Assert.True(student.grad!.isfinite().all().ToBoolean());
        Assert.True(teacher.grad is null);
    }

    [Fact]
    public void Narrow_types_are_computed_in_float32_and_the_teacher_may_have_another()
    {
        using var scope = NewDisposeScope();
        using var loss = new FeatureDistillationLoss();
        var student = Sample.Normal(1, 4, 3, 2, 2);
        var teacher = Sample.Normal(2, 4, 3, 2, 2).to(ScalarType.BFloat16);
        var value = loss.forward(student.to(ScalarType.Float32), teacher);
        Assert.Equal(ScalarType.Float32, value.dtype);
        Expect.Close(loss.forward(student, teacher), value, 1e-5, "loss");
        Assert.Equal(ScalarType.Float32, loss.forward(student.to(ScalarType.Float16), teacher).dtype);
    }

    [Fact]
    public void Wrong_inputs_are_named_with_both_shapes_and_only_the_result_is_left_behind()
    {
        using var scope = NewDisposeScope();
        using var loss = new FeatureDistillationLoss();
        var message = Assert.Throws<ArgumentException>(() => loss.forward(zeros(4, 3), zeros(4, 2))).Message;
        Assert.Contains("[4, 3]", message, StringComparison.Ordinal);
        Assert.Contains("[4, 2]", message, StringComparison.Ordinal);
        foreach (var wrong in (Tensor[])[zeros(1, 3), zeros(4, 3, 2), zeros(1, 3, 1, 1), zeros(4, 0), zeros(4)])
        {
            Assert.Throws<ArgumentException>(() => loss.forward(wrong, wrong));
        }

        Assert.Throws<ArgumentException>(() => loss.forward(zeros(4, 3), zeros(4, 3, device: META)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FeatureDistillationLoss(0));
        using var student = Sample.Normal(1, 2, 4, 3, 2);
        using var teacher = Sample.Normal(2, 2, 4, 3, 2);
        Expect.LeavesTensors(0, () => loss.forward(student, teacher).Dispose());
    }
}
