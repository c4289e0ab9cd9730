using Cass.Losses;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Tests.Losses;

/// <summary>The total coding rate against determinants by hand, eigenvalues, and values and gradients from PyTorch.</summary>
public sealed class TotalCodingRateLossTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.6)]
    [InlineData(-1)]
    public void Two_directions_in_the_plane_have_the_determinant_of_a_2_by_2_matrix(double cosine)
    {
        using var scope = NewDisposeScope();
        using var loss = new TotalCodingRateLoss(squaredError: 0.5);
        var z = tensor([1, 0, cosine, Math.Sqrt(1 - (cosine * cosine))], [2, 2]);

        // I + 2/(2·0.5)·ZZᵀ = [3, 2c; 2c, 3].
        Assert.Equal(-Math.Log(9 - (4 * cosine * cosine)) / 2, loss.forward(z).ToDouble(), 12);
    }

    [Theory]
    [InlineData(9, 4)]
    [InlineData(4, 9)]
    [InlineData(5, 5)]
    public void It_is_the_sum_over_eigenvalues_and_its_gradient_agrees_with_differences(int batch, int dimensions)
    {
        using var scope = NewDisposeScope();
        using var loss = new TotalCodingRateLoss();
        var z = Sample.Normal(1, batch, dimensions);
        var eigenvalues = linalg.eigvalsh(z.t().matmul(z) / batch);
        var expected = -0.5 * (1 + (eigenvalues * dimensions / 0.2)).log().sum();
        Expect.Close(expected, loss.forward(z), 1e-12, "rate");
        Expect.GradientIsRight(loss.forward, z);
    }

    // torch.logdet(I + p/(m·0.2)·W·Wᵀ) of W = Zᵀ, [p, m], in float64 by PyTorch 1.13; the gradient of the first embedding's first values.
    [Theory]
    [InlineData(1, 3, 5, -3.2462863159556714, 0.646203292291941, 0.10716676737914303)]
    [InlineData(1, 6, 2, -1.7881566561928839, 0.2509706629317817, 0.08189851071937974)]
    [InlineData(2, 4, 4, -2.955560559229652, 0.25372001850025616, 0.1003376758663401)]
    public void PyTorch_gives_the_same_values_and_gradients(int sets, int batch, int dimensions, double expected, double firstGradient, double secondGradient)
    {
        using var scope = NewDisposeScope();
        using var loss = new TotalCodingRateLoss();
        double[] values =
        [
            .. from k in Enumerable.Range(0, sets)
               from i in Enumerable.Range(0, batch)
               from j in Enumerable.Range(0, dimensions)
               select ((((7 * k) + (5 * i) + (3 * j * j) + (i * j)) % 11) - 5) / 4.0,
        ];
        var z = functional.normalize(tensor(values, [sets, batch, dimensions]), dim: -1).requires_grad_();
        var value = loss.forward(z);
        value.backward();
        Assert.Equal(expected, value.ToDouble(), 12);
        Assert.Equal(firstGradient, z.grad![0, 0, 0].ToDouble(), 12);
        Assert.Equal(secondGradient, z.grad![0, 0, 1].ToDouble(), 12);
    }

    [Theory]
    [InlineData(4, 6)]
    [InlineData(6, 4)]
    public void It_is_least_where_directions_are_spread_evenly_and_greatest_where_they_are_equal(int batch, int dimensions)
    {
        using var scope = NewDisposeScope();
        using var loss = new TotalCodingRateLoss();
        var k = Math.Min(batch, dimensions);
        var equal = zeros(batch, dimensions, ScalarType.Float64);
        equal[.., 0] = 1;
        Assert.Equal(-0.5 * Math.Log(1 + (dimensions / 0.2)), loss.forward(equal).ToDouble(), 12);
        if (batch == k)
        {
            Assert.Equal(-k / 2.0 * Math.Log(1 + (dimensions / (k * 0.2))), loss.forward(eye(batch, dimensions, ScalarType.Float64)).ToDouble(), 12);
        }

        for (var seed = 0; seed < 5; seed++)
        {
            var value = loss.forward(functional.normalize(Sample.Normal(seed, batch, dimensions), dim: 1)).ToDouble();
            Assert.InRange(value, -k / 2.0 * Math.Log(1 + (dimensions / (k * 0.2))), -0.5 * Math.Log(1 + (dimensions / 0.2)));
        }
    }

    [Fact]
    public void Several_sets_give_the_mean_of_each_alone()
    {
        using var scope = NewDisposeScope();
        using var loss = new TotalCodingRateLoss();
        var z = Sample.Normal(3, 3, 5, 4);
        Expect.Close((loss.forward(z[0]) + loss.forward(z[1]) + loss.forward(z[2])) / 3, loss.forward(z), 1e-12, "mean");
    }

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.Float32)]
    public void Narrow_types_are_computed_in_float32(ScalarType type)
    {
        using var scope = NewDisposeScope();
        using var loss = new TotalCodingRateLoss();
        var z = functional.normalize(Sample.Normal(1, 64, 128), dim: 1).to(type);
        var value = loss.forward(z);
        Assert.Equal(ScalarType.Float32, value.dtype);
        Expect.Close(loss.forward(z.to(ScalarType.Float64)), value, 1e-5, "rate");
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Numbers_that_are_none_give_a_loss_that_is_none_and_no_exception(double bad)
    {
        using var scope = NewDisposeScope();
        using var loss = new TotalCodingRateLoss();
        foreach (var (batch, dimensions) in ((int, int)[])[(3, 5), (5, 3)])
        {
            var z = Sample.Normal(1, batch, dimensions);
            z[1, 1] = bad;
            Assert.False(double.IsFinite(loss.forward(z).ToDouble()));
        }
    }

    [Fact]
    public void Wrong_inputs_are_named_and_only_the_result_is_left_behind()
    {
        using var scope = NewDisposeScope();
        using var loss = new TotalCodingRateLoss();
        foreach (var wrong in (Tensor[])[zeros(1, 3), zeros(4), zeros(2, 1, 3), zeros(4, 0), zeros(2, 2, 2, 2)])
        {
            Assert.Contains($"[{string.Join(", ", wrong.shape)}]", Assert.Throws<ArgumentException>(() => loss.forward(wrong)).Message, StringComparison.Ordinal);
        }

        Assert.Throws<ArgumentException>(() => loss.forward(zeros(4, 3, ScalarType.Int64)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TotalCodingRateLoss(0));
        using var z = Sample.Normal(1, 2, 4, 3);
        Expect.LeavesTensors(0, () => loss.forward(z).Dispose());
    }
}
