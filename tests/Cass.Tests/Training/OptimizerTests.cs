using Cass.Training;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

public sealed class OptimizerTests
{
    private static readonly double[] Start = [0.5, -1.5, 2.0, 0.25];
    private static readonly double[] Target = [1.0, -2.0, 3.0, -1.0];

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.1)]
    public void Sgd_follows_its_definition(double weightDecay)
    {
        var buffer = new double[4];
        Follow(
            parameters => new MomentumSgd([new ParameterGroup(parameters, weightDecay)], 0.05, momentum: 0.8),
            (w, g) =>
            {
                for (var i = 0; i < w.Length; i++)
                {
                    buffer[i] = (0.8 * buffer[i]) + g[i] + (weightDecay * w[i]);
                    w[i] -= 0.05 * buffer[i];
                }
            });
    }

    [Fact]
    public void Lars_follows_its_definition()
    {
        var buffer = new double[4];
        Follow(
            parameters => new Lars([new ParameterGroup(parameters, 0.1)], 0.5, momentum: 0.9, trust: 0.02),
            (w, g) =>
            {
                double[] update = [.. g.Select((value, i) => value + (0.1 * w[i]))];
                var scale = 0.02 * Math.Sqrt(w.Sum(x => x * x)) / Math.Sqrt(update.Sum(x => x * x));
                for (var i = 0; i < w.Length; i++)
                {
                    buffer[i] = (0.9 * buffer[i]) + (scale * update[i]);
                    w[i] -= 0.5 * buffer[i];
                }
            });
    }

    [Fact]
    public void Lars_scales_matrices_without_weight_decay_too_but_not_vectors()
    {
        using var scope = NewDisposeScope();
        using var matrix = new Parameter(tensor(new[,] { { 3.0, 4.0 } }));
        using var vector = new Parameter(tensor([3.0, 4.0]));
        using var optimizer = new Lars([new ParameterGroup([new("matrix", matrix), new("vector", vector)])], 0.5, momentum: 0.9, trust: 0.02);
        ((matrix * 6.0).sum() + (vector * 6.0).sum()).backward();
        optimizer.Step();
        var scale = 0.02 * 5 / (6 * Math.Sqrt(2));
        Assert.Equal(3 - (0.5 * scale * 6), matrix.data<double>()[0], 1e-9);
        Assert.Equal(4 - (0.5 * scale * 6), matrix.data<double>()[1], 1e-9);
        Assert.Equal([0.0, 1.0], vector.data<double>().ToArray());
    }

    [Fact]
    public void Clipping_scales_all_gradients_together_down_to_the_norm()
    {
        using var scope = NewDisposeScope();
        using var first = new Parameter(zeros(2, float64));
        using var second = new Parameter(zeros(1, float64));
        using var optimizer = new MomentumSgd([new ParameterGroup([new("first", first), new("second", second)])], 0.1);
        ((first * tensor([3.0, 0.0])).sum() + (second * 4.0).sum()).backward();
        Assert.Equal(5, optimizer.ClipGradients(10), 1e-12);
        Assert.Equal([3.0, 0.0], first.grad!.data<double>().ToArray());
        Assert.Equal(5, optimizer.ClipGradients(1), 1e-12);
        Assert.Equal(0.6, first.grad!.data<double>()[0], 1e-6);
        Assert.Equal(0.8, second.grad!.data<double>()[0], 1e-6);
    }

    private static void Follow(Func<IReadOnlyList<KeyValuePair<string, Parameter>>, IOptimizer> create, Action<double[], double[]> expected)
    {
        using var scope = NewDisposeScope();
        using var parameter = new Parameter(tensor(Start));
        using var optimizer = create([new("w", parameter)]);
        var w = Start.ToArray();
        for (var step = 0; step < 20; step++)
        {
            optimizer.ZeroGrad();
            (parameter - tensor(Target)).square().sum().backward();
            optimizer.Step();
            expected(w, [.. w.Select((value, i) => 2 * (value - Target[i]))]);
            Assert.All(w.Zip(parameter.data<double>().ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-10));
        }
    }
}
