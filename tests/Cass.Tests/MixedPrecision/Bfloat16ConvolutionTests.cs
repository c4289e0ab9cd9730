using Cass.Tensors;
using Cass.Tests.Order;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.MixedPrecision;

/// <summary>
/// Convolutions in bfloat16 on small maps, against float64. What the memory held before is made NaN first, since oneDNN leaves parts of gradients unset where elements of
/// the kernel meet no pixel.
/// </summary>
public sealed class Bfloat16ConvolutionTests
{
    private const double Tolerance = 0.03;

    [Theory]
    [InlineData(32, 64, 3, 2, 1, 1, 1, 1, 1)]
    [InlineData(64, 64, 3, 2, 1, 1, 1, 2, 1)]
    [InlineData(64, 64, 3, 1, 2, 2, 1, 1, 1)]
    [InlineData(32, 32, 3, 3, 1, 1, 1, 2, 2)]
    [InlineData(24, 24, 3, 2, 1, 1, 24, 2, 1)]
    [InlineData(3, 64, 7, 2, 3, 1, 1, 2, 2)]
    [InlineData(192, 256, 4, 4, 0, 1, 1, 4, 4)]
    [InlineData(8, 128, 1, 4, 0, 1, 1, 1, 1)]
    [InlineData(16, 32, 3, 2, 1, 1, 1, 7, 7)]
    public void Gradients_hold_nothing_of_what_the_memory_held_before(
        int inputs, int outputs, int kernel, int stride, int padding, int dilation, int groups, int height, int width)
    {
        foreach (var batch in (int[])[1, 4, 12])
        {
            AssertRight(new Random(1), batch, inputs, outputs, kernel, stride, padding, dilation, groups, height, width);
        }
    }

    [Fact]
    public void Random_convolutions_on_small_maps_are_right()
    {
        var random = new Random(7);
        for (var trial = 0; trial < (LongTests.AreWanted ? 2000 : 150);)
        {
            var (kernel, stride, dilation) = (random.Next(1, 8), random.Next(1, 5), random.Next(1, 3));
            var padding = random.Next((kernel * dilation / 2) + 1);
            var (height, width) = (random.Next(1, 9), random.Next(1, 9));
            var reach = dilation * (kernel - 1);
            if (Math.Min(height, width) + (2 * padding) <= reach)
            {
                continue;
            }

            trial++;
            var channels = 8 * random.Next(1, 9);
            var (outputs, groups) = random.Next(3) switch { 0 => (channels, channels), 1 => (8 * random.Next(1, 9), 2), _ => (8 * random.Next(1, 9), 1) };
            AssertRight(random, random.Next(1, 17), channels, outputs, kernel, stride, padding, dilation, groups, height, width);
        }
    }

    private static void AssertRight(
        Random random, int batch, int inputs, int outputs, int kernel, int stride, int padding, int dilation, int groups, int height, int width)
    {
        TorchBackend.EnsureLoaded();
        using var scope = NewDisposeScope();
        using var convolution = nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, PaddingModes.Zeros, groups);
        using (no_grad())
        {
            convolution.weight.copy_(Noise(random, convolution.weight.shape));
            convolution.bias!.copy_(Noise(random, outputs));
        }

        var images = Noise(random, batch, inputs, height, width).to(ScalarType.BFloat16).requires_grad_();
        var (wideImages, wideWeight) = (Wide(images).requires_grad_(), Wide(convolution.weight.to(ScalarType.BFloat16)).requires_grad_());
        var expected = nn.functional.conv2d(
            wideImages, wideWeight, Wide(convolution.bias!.to(ScalarType.BFloat16)), [stride, stride], [padding, padding], [dilation, dilation], groups);
        var upstream = Noise(random, expected.shape).to(ScalarType.BFloat16);
        expected.backward([Wide(upstream)]);

        Tensor actual;
        FillFreedMemory(convolution.weight.numel());
        using (Autocast.Enable())
        {
            actual = Autocast.Run(convolution, images);
        }

        Assert.Equal(ScalarType.BFloat16, actual.dtype);
        Assert.Equal(expected.shape, actual.shape);
        actual.backward([upstream]);

        var name = $"{batch} images of {inputs}×{height}×{width}, {outputs} kernels of {kernel}×{kernel}, stride {stride}, padding {padding}, dilation {dilation}, groups {groups}";
        AssertNear(expected, actual, $"output, {name}");
        AssertNear(wideImages.grad!, images.grad!, $"gradient of the images, {name}");
        AssertNear(wideWeight.grad!, convolution.weight.grad!, $"gradient of the weights, {name}");
    }

    private static void AssertNear(Tensor expected, Tensor actual, string what)
    {
        var difference = (Wide(actual) - expected).norm().item<double>() / Math.Max(expected.norm().item<double>(), 1e-9);
        Assert.True(difference <= Tolerance, $"{what}: off by {difference:g3}");
    }

    /// <summary>Leaves NaN in blocks of the sizes that the weights' gradient is allocated in.</summary>
    private static void FillFreedMemory(long numbers)
    {
        for (var i = 0; i < 4; i++)
        {
            using var single = full([numbers], float.NaN, ScalarType.Float32);
            using var half = full([numbers], float.NaN, ScalarType.BFloat16);
            using var padded = full([numbers * 2], float.NaN, ScalarType.Float32);
        }
    }

    private static Tensor Wide(Tensor tensor) => tensor.detach().to(ScalarType.Float64);

    /// <summary>Not from libtorch's generator, on which tests that run beside these depend.</summary>
    private static Tensor Noise(Random random, params long[] shape) =>
        tensor([.. Enumerable.Range(0, (int)shape.Aggregate(1L, (count, length) => count * length)).Select(_ => (2 * random.NextSingle()) - 1)], shape, ScalarType.Float32);
}
