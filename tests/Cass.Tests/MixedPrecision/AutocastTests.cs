using Cass.Models;
using Cass.Tests.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.MixedPrecision;

public sealed class AutocastTests
{
    /// <summary>Half a unit in the last of bfloat16's 8 bits.</summary>
    private const double Rounding = 1.0 / 256;

    [Fact]
    public void A_linear_layer_computes_with_rounded_weights_and_leaves_float32_gradients()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        var layer = nn.Linear(40, 24);
        var input = randn(16, 40);
        Tensor output;
        using (Autocast.Enable())
        {
            output = Autocast.Run(layer, input);
        }

        Assert.Equal(ScalarType.BFloat16, output.dtype);
        var (x, w, b) = (Rounded(input), Rounded(layer.weight), Rounded(layer.bias!));
        for (var row = 0; row < 16; row++)
        {
            for (var column = 0; column < 24; column++)
            {
                var (sum, size) = (b[column], Math.Abs(b[column]));
                for (var i = 0; i < 40; i++)
                {
                    sum += x[(row * 40) + i] * w[(column * 40) + i];
                    size += Math.Abs(x[(row * 40) + i] * w[(column * 40) + i]);
                }

                Assert.InRange(output[row, column].ReadDouble(), sum - (size * Rounding), sum + (size * Rounding));
            }
        }

        output.sum().backward();
        Assert.Equal(ScalarType.Float32, layer.weight.grad!.dtype);
        var columns = input.to(ScalarType.BFloat16).to(ScalarType.Float32).sum([0]);
        Assert.True(layer.weight.grad!.allclose(columns.expand(24, 40), rtol: 2 * Rounding, atol: 0.05));
    }

    [Theory]
    [InlineData(1, 1, 0, 1)]
    [InlineData(3, 2, 1, 1)]
    [InlineData(3, 1, 1, 4)]
    public void A_convolution_in_bfloat16_is_that_in_float32_but_for_rounding(int kernel, int stride, int padding, int groups)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(4);
        var layer = nn.Conv2d(8, 12, kernel, stride: stride, padding: padding, groups: groups);
        var input = randn(2, 8, 9, 9);
        using var autocast = Autocast.Enable();

        var output = Autocast.Run(layer, input);

        Assert.Equal(ScalarType.BFloat16, output.dtype);
        var expected = layer.forward(input);
        var size = nn.functional.conv2d(input.abs(), layer.weight.abs(), layer.bias!.abs(), [stride, stride], [padding, padding], [1, 1], groups);
        Assert.True(((output.to(ScalarType.Float32) - expected).abs() <= size * (3 * Rounding)).all().item<bool>());
    }

    [Fact]
    public void Without_a_scope_a_layer_computes_as_it_is()
    {
        using var layer = nn.Linear(4, 4);
        using var input = randn(2, 4);
        using (Autocast.Enable())
        {
            using var inner = Autocast.Enable(enabled: false);
            Assert.False(Autocast.IsEnabled);
            using var exact = Autocast.Run(layer, input);
            Assert.Equal(ScalarType.Float32, exact.dtype);
        }

        using var output = Autocast.Run(layer, input);
        Assert.Equal(ScalarType.Float32, output.dtype);
    }

    [Fact]
    public void Another_thread_has_scopes_of_its_own()
    {
        using var scope = Autocast.Enable();
        var seen = true;
        var thread = new Thread(() => seen = Autocast.IsEnabled);
        thread.Start();
        thread.Join();
        Assert.True(Autocast.IsEnabled);
        Assert.False(seen);
    }

    [Fact]
    public void Scopes_end_in_the_opposite_order()
    {
        var outer = Autocast.Enable();
        var inner = Autocast.Enable();
        Assert.Throws<InvalidOperationException>(outer.Dispose);
        inner.Dispose();
        outer.Dispose();
        Assert.False(Autocast.IsEnabled);
    }

    [Fact]
    public void A_convolution_that_pads_by_reflection_is_refused()
    {
        using var layer = nn.Conv2d(3, 4, 3, padding: 1, padding_mode: PaddingModes.Reflect);
        using var input = randn(1, 3, 8, 8);
        using var autocast = Autocast.Enable();
        Assert.Throws<NotSupportedException>(() => Autocast.Run(layer, input));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_family_gives_float32_features_near_to_those_of_float32_and_no_tensor_stays(string name)
    {
        random.manual_seed(5);
        using var network = TinyBackbones.Registry().Create(name, new BackboneOptions { NumClasses = 3, DropPathRate = 0 });
        network.train();
        using var images = randn(4, 3, 32, 32);
        using var expected = network.forward(images);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var autocast = Autocast.Enable())
        {
            using var logits = network.forward(images);
            Assert.Equal(ScalarType.Float32, logits.dtype);
            using var scope = NewDisposeScope();
            Assert.InRange((logits - expected).norm().ReadDouble() / expected.norm().ReadDouble(), 1e-6, 0.05);
            logits.sum().backward();
        }

        Assert.All(network.named_parameters(), p => Assert.Equal(ScalarType.Float32, p.parameter.dtype));
        network.zero_grad();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    public static TheoryData<string> Names() => [.. TinyBackbones.Names];

    private static double[] Rounded(Tensor tensor) => tensor.detach().to(ScalarType.BFloat16).to(ScalarType.Float64).reshape(-1).data<double>().ToArray();
}
