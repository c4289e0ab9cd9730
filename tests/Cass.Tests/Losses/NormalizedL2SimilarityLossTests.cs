using Cass.Losses;
using FsCheck;
using FsCheck.Fluent;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Tests.Losses;

public sealed class NormalizedL2SimilarityLossTests
{
    [Theory]
    [InlineData(new double[] { 3, 0 }, new double[] { 0.5, 0 }, 0)]
    [InlineData(new double[] { 1, 0 }, new double[] { 0, 7 }, 2)]
    [InlineData(new double[] { 1, 2 }, new double[] { -2, -4 }, 4)]
    [InlineData(new double[] { 0, 0 }, new double[] { 1, 1 }, 2)]
    public void Known_angles_have_known_values(double[] x, double[] y, double expected)
    {
        using var scope = NewDisposeScope();
        using var loss = new NormalizedL2SimilarityLoss();
        Assert.Equal(expected, loss.forward(tensor(x, [1, 2]), tensor(y, [1, 2])).ToDouble(), 12);
    }

    [Fact]
    public void It_is_the_squared_distance_of_the_directions_and_ignores_positive_scale() =>
        Prop.ForAll(
            ArbMap.Default.ArbFor<int>(),
            seed =>
            {
                using var scope = NewDisposeScope();
                var random = new Random(seed);
                var x = Sample.Normal(random.Next(), 3, 5);
                var y = Sample.Normal(random.Next(), 3, 5);
                using var loss = new NormalizedL2SimilarityLoss(Reduction.None);
                var value = loss.forward(x, y);
                var distance = ((x / x.norm(1, keepdim: true)) - (y / y.norm(1, keepdim: true))).square().sum(1);
                var scaled = loss.forward(x * Math.Exp(random.NextDouble() * 8), y * Math.Exp(-random.NextDouble() * 8));
                return value.allclose(distance, rtol: 1e-10, atol: 1e-10) && value.allclose(scaled, rtol: 1e-10, atol: 1e-10);
            }).QuickCheckThrowOnFailure();

    [Fact]
    public void Gradients_reach_both_arguments_and_agree_with_differences()
    {
        using var scope = NewDisposeScope();
        var random = new Random(3);
        var x = Sample.Normal(random.Next(), 2, 4);
        var y = Sample.Normal(random.Next(), 2, 4);
        using var loss = new NormalizedL2SimilarityLoss();
        Expect.GradientIsRight(v => loss.forward(v, y), x);
        Expect.GradientIsRight(v => loss.forward(x, v), y);
    }

    [Fact]
    public void A_zero_vector_has_a_finite_gradient()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2, 3).requires_grad_();
        using var loss = new NormalizedL2SimilarityLoss();
        loss.forward(x, ones(2, 3)).backward();
        Assert.True(x.grad!.isfinite().all().ToBoolean());
    }

    [Theory]
    [InlineData(ScalarType.BFloat16, 2e-2)]
    [InlineData(ScalarType.Float16, 4e-3)]
    [InlineData(ScalarType.Float32, 1e-6)]
    public void Narrow_types_are_computed_in_float32(ScalarType type, double tolerance)
    {
        using var scope = NewDisposeScope();
        var random = new Random(5);
        var x = Sample.Normal(random.Next(), 16, 200);
        var y = Sample.Normal(random.Next(), 16, 200);
        using var loss = new NormalizedL2SimilarityLoss();
        var narrowX = x.to(type).requires_grad_();
        var value = loss.forward(narrowX, y.to(type));
        value.backward();

        Assert.Equal(ScalarType.Float32, value.dtype);
        Assert.Equal(type, narrowX.grad!.dtype);
        Assert.Equal(loss.forward(x, y).ToDouble(), value.ToDouble(), tolerance);
    }

    [Fact]
    public void Non_contiguous_inputs_and_other_ranks_give_the_same()
    {
        using var scope = NewDisposeScope();
        var random = new Random(6);
        var x = Sample.Normal(random.Next(), 5, 4);
        var y = Sample.Normal(random.Next(), 5, 4);
        using var loss = new NormalizedL2SimilarityLoss(Reduction.None);
        var expected = loss.forward(x, y);
        Expect.Close(expected, loss.forward(x.t().contiguous().t(), y.t().contiguous().t()), 1e-12, "transposed");
        Expect.Close(expected.reshape(1, 5), loss.forward(x.unsqueeze(0), y.unsqueeze(0)), 1e-12, "three dimensions");
        Expect.Close(expected[0], loss.forward(x[0], y[0]), 1e-12, "one vector");
    }

    [Fact]
    public void Wrong_inputs_are_named_with_both_shapes()
    {
        using var scope = NewDisposeScope();
        using var loss = new NormalizedL2SimilarityLoss();
        var shapes = Assert.Throws<ArgumentException>(() => loss.forward(zeros(2, 3), zeros(2, 4)));
        Assert.Contains("[2, 3]", shapes.Message, StringComparison.Ordinal);
        Assert.Contains("[2, 4]", shapes.Message, StringComparison.Ordinal);
        Assert.Contains("Int64", Assert.Throws<ArgumentException>(() => loss.forward(zeros(2, 3, ScalarType.Int64), zeros(2, 3))).Message, StringComparison.Ordinal);
        Assert.Contains("Float64", Assert.Throws<ArgumentException>(() => loss.forward(zeros(2, 3), zeros(2, 3, ScalarType.Float64))).Message, StringComparison.Ordinal);
        Assert.Contains("meta", Assert.Throws<ArgumentException>(() => loss.forward(zeros(2, 3), zeros(2, 3, device: META))).Message, StringComparison.Ordinal);
        Assert.Contains("[0, 3]", Assert.Throws<ArgumentException>(() => loss.forward(zeros(0, 3), zeros(0, 3))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_leaves_only_its_result_behind()
    {
        using var x = zeros(4, 3);
        using var y = ones(4, 3);
        using var loss = new NormalizedL2SimilarityLoss();
        Expect.LeavesTensors(0, () => loss.forward(x, y).Dispose());
    }
}
