using Cass.Tensors;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.MixedPrecision;

/// <summary>Linear maps, however this processor computes them, against matrix products in float64.</summary>
public sealed class LinearMapTests
{
    [Fact]
    public void Outputs_and_gradients_of_random_shapes_are_those_of_a_matrix_product()
    {
        TorchBackend.EnsureLoaded();
        var shapes = new Random(1);
        for (var trial = 0; trial < 60; trial++)
        {
            using var scope = NewDisposeScope();
            var (inputs, outputs) = (shapes.Next(1, 400), shapes.Next(1, 400));
            long[] rows = shapes.Next(4) switch
            {
                0 => [shapes.Next(1, 200)],
                1 => [16 * shapes.Next(1, 20)],
                2 => [shapes.Next(1, 40), shapes.Next(1, 40)],
                _ => [16, shapes.Next(1, 5), shapes.Next(1, 5)],
            };
            var (input, weight, gradient) = (Noise(shapes, [.. rows, inputs]), Noise(shapes, outputs, inputs), Noise(shapes, [.. rows, outputs]));
            var bias = shapes.Next(2) == 0 ? null : Noise(shapes, outputs);

            // A view that is not contiguous is what attention gives.
            input = shapes.Next(4) == 0 ? input.transpose(0, -1).contiguous().transpose(0, -1) : input;
            var expected = Run(input.to(ScalarType.Float64), weight.to(ScalarType.Float64), bias?.to(ScalarType.Float64), gradient.to(ScalarType.Float64), (x, w, b) => b is null ? x.matmul(w.t()) : x.matmul(w.t()) + b);
            var actual = Run(input, weight, bias, gradient, Autocast.Linear);
            Assert.All(actual.Zip(expected), pair => Assert.True(
                pair.First.shape.SequenceEqual(pair.Second.shape)
                && ((pair.First.to(ScalarType.Float64) - pair.Second).norm() / pair.Second.norm()).item<double>() < 1e-5,
                $"[{string.Join(", ", rows)}, {inputs}] to {outputs}, bias: {bias is not null}"));
        }
    }

    [Theory]
    [InlineData(16, 17, 192, 576)]
    [InlineData(2, 3, 8, 8)]
    public void A_layer_gives_what_the_map_of_its_weights_gives_and_leaves_no_tensor(int batch, int tokens, int inputs, int outputs)
    {
        TorchBackend.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(inputs, outputs);
        var input = Noise(new Random(1), batch, tokens, inputs);
        var expected = input.to(ScalarType.Float64).matmul(layer.weight.to(ScalarType.Float64).t()) + layer.bias!.to(ScalarType.Float64);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var output = Autocast.Run(layer, input))
        {
            Assert.Equal(before + 1, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            Assert.True((output.to(ScalarType.Float64) - expected).abs().max().item<double>() < 1e-5);
        }
    }

    [Fact]
    public void Hooks_on_a_layer_are_called()
    {
        TorchBackend.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var layer = nn.Linear(192, 192);
        var input = Noise(new Random(1), 16, 17, 192);
        var calls = 0;

        var before = layer.register_forward_pre_hook((_, x) => Count(x));
        _ = Autocast.Run(layer, input);
        before.remove();
        var after = layer.register_forward_hook((_, _, y) => Count(y));
        _ = Autocast.Run(layer, input);
        after.remove();
        _ = Autocast.Run(layer, input);

        Assert.Equal(2, calls);

        Tensor Count(Tensor tensor)
        {
            calls++;
            return tensor;
        }
    }

    /// <summary>Not from libtorch's generator, on which tests that run beside these depend.</summary>
    private static Tensor Noise(Random random, params long[] shape) =>
        tensor([.. Enumerable.Range(0, (int)shape.Aggregate(1L, (count, length) => count * length)).Select(_ => (2 * random.NextSingle()) - 1)], shape, ScalarType.Float32);

    private static Tensor[] Run(Tensor input, Tensor weight, Tensor? bias, Tensor gradient, Func<Tensor, Tensor, Tensor?, Tensor> map)
    {
        Tensor[] parts = [.. ((Tensor?[])[input, weight, bias]).OfType<Tensor>().Select(part => part.detach().requires_grad_())];
        var output = map(parts[0], parts[1], parts.Length > 2 ? parts[2] : null);
        return [output.detach(), .. autograd.grad([output], parts, [gradient])];
    }
}
