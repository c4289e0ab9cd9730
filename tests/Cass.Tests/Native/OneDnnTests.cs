using System.Runtime.Intrinsics.X86;
using Cass.Tests.Order;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Native;

/// <summary>Convolutions of this process, whatever the processor, against sums written out.</summary>
public sealed class OneDnnTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 24, 20, 3, 1, 1, 1, 1e-5)]
    [InlineData(ScalarType.Float32, 3, 24, 3, 2, 1, 1, 1e-5)]
    [InlineData(ScalarType.Float32, 40, 40, 1, 2, 1, 1, 1e-5)]
    [InlineData(ScalarType.Float32, 12, 12, 3, 1, 1, 12, 1e-5)]
    [InlineData(ScalarType.Float32, 256, 512, 1, 2, 0, 1, 1e-5)]
    [InlineData(ScalarType.Float32, 256, 512, 1, 2, 1, 1, 1e-5)]
    [InlineData(ScalarType.BFloat16, 8, 12, 3, 2, 1, 1, 0.02)]
    [InlineData(ScalarType.BFloat16, 20, 8, 3, 1, 1, 4, 0.02)]
    public void Convolutions_that_oneDNN_gets_wrong_on_some_processors_are_right(ScalarType type, int inputs, int outputs, int kernel, int stride, int padding, int groups, double tolerance)
    {
        TorchBackend.EnsureLoaded();
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var images = randn(2, inputs, 7, 7).to(type);
        var weights = randn(outputs, inputs / groups, kernel, kernel).to(type);
        foreach (var lastChannels in (bool[])[false, true])
        {
            var (x, w) = lastChannels ? (ChannelsLast(images), ChannelsLast(weights)) : (images, weights);
            var output = nn.functional.conv2d(x, w, null, [stride, stride], [padding, padding], [1, 1], groups).to(ScalarType.Float64).contiguous();
            double[] actual = output.data<double>().ToArray();
            var expected = Convolved(images, weights, stride, padding, groups, output.shape);
            var scale = expected.Max(Math.Abs);
            Assert.All(actual.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, tolerance * scale));
        }
    }

    /// <summary>Any shape, in both layouts, forward and backward, against float64, which oneDNN does not compute.</summary>
    [Theory]
    [InlineData(ScalarType.Float32, 1e-5)]
    [InlineData(ScalarType.BFloat16, 0.02)]
    public void Convolutions_of_random_shapes_are_right(ScalarType type, double tolerance)
    {
        TorchBackend.EnsureLoaded();
        var shapes = new Random(1);
        for (var trial = 0; trial < (LongTests.AreWanted ? 500 : 40); trial++)
        {
            using var scope = NewDisposeScope();
            var (inputs, outputs, kernel, stride, padding, side, batch) =
                (shapes.Next(1, 161), shapes.Next(1, 161), shapes.Next(1, 8), shapes.Next(1, 3), shapes.Next(2), shapes.Next(7, 15), shapes.Next(1, 5));
            var images = Noise(shapes, batch, inputs, side, side).to(type);
            var weights = Noise(shapes, outputs, inputs, kernel, kernel).to(type);
            Tensor[] expected = Convolve(images.to(ScalarType.Float64), weights.to(ScalarType.Float64), stride, padding);
            foreach (var lastChannels in (bool[])[false, true])
            {
                Tensor[] actual = lastChannels ? Convolve(ChannelsLast(images), ChannelsLast(weights), stride, padding) : Convolve(images, weights, stride, padding);
                Assert.All(actual.Zip(expected), pair => Assert.True(
                    ((pair.First.to(ScalarType.Float64) - pair.Second).norm() / pair.Second.norm()).item<double>() <= tolerance,
                    $"{batch} images of {inputs}×{side}×{side}, {outputs} kernels of {kernel}×{kernel}, stride {stride}, padding {padding}, channels last: {lastChannels}"));
            }
        }
    }

    [Fact]
    public void Caches_that_a_virtual_machine_hides_are_told_and_oneDNN_stays_on()
    {
        TorchBackend.EnsureLoaded();
        var isChosen = Environment.GetEnvironmentVariable(OneDnn.Variable) is not null;
        Assert.SkipUnless(OneDnnCaches.AreHidden() && OperatingSystem.IsLinux() && !isChosen, "This machine hides nothing, or a variable has settled whether oneDNN is used.");
        Assert.SkipWhen(OneDnn.WasUsedBefore, "Another test has convolved before libtorch was loaded by CASS.");
        Assert.Null(OneDnnCaches.Find());
        Assert.True(OneDnn.CachesWereCorrected);
        Assert.False(OneDnn.IsOff);
    }

    /// <summary>In processes that let oneDNN note caches of one byte, as it does where a virtual machine hides them.</summary>
    [Fact]
    public void What_is_checked_is_wrong_where_caches_are_hidden_and_right_once_their_sizes_are_told()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && X86Signature.Current is { IsAmd: true } && Avx512F.IsSupported, "The kernels that go wrong are those of processors with AVX-512, and sizes are told on AMD's.");
        var wrong = Survival.TrainingProcess.HiddenCaches(told: false);
        Assert.Contains("Float32:256-512", wrong, StringComparison.Ordinal);
        Assert.Contains("BFloat16", wrong, StringComparison.Ordinal);
        Assert.Empty(Survival.TrainingProcess.HiddenCaches(told: true));
    }

    [Fact]
    public void Variables_of_a_library_lie_in_memory_that_the_process_has()
    {
        TorchBackend.EnsureLoaded();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux alone tells them.");
        var mapped = File.ReadLines("/proc/self/maps")
            .Select(line => line.Split(' ', 2))
            .Select(parts => (Range: parts[0].Split('-').Select(address => Convert.ToInt64(address, 16)).ToArray(), Rights: parts[1]))
            .Where(map => map.Rights[0] is 'r')
            .ToList();
        var parts = LibraryData.Of("libtorch_cpu");
        Assert.NotEmpty(parts);
        Assert.All(parts, part => Assert.True(part.Length > 0 && Covered(part.Start, part.Start + part.Length)));
        Assert.Empty(LibraryData.Of("libtorch_cp"));

        bool Covered(long start, long end)
        {
            foreach (var (range, _) in mapped.Where(map => map.Range[1] > start))
            {
                if (range[0] > start)
                {
                    return false;
                }

                if (range[1] >= end)
                {
                    return true;
                }

                start = range[1];
            }

            return false;
        }
    }

    [Fact]
    public void What_is_checked_when_libtorch_is_loaded_is_right_afterwards()
    {
        TorchBackend.EnsureLoaded();
        Assert.True(OneDnn.IsRight());
        Assert.All(TorchBackend.Remarks, remark => Assert.Contains("oneDNN", remark, StringComparison.Ordinal));
    }

    [Fact]
    public void The_check_leaves_no_tensor_and_no_random_number_and_works_without_gradients()
    {
        TorchBackend.EnsureLoaded();
        using var guard = inference_mode();
        random.manual_seed(5);
        using var expected = rand(4);
        random.manual_seed(5);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Assert.True(OneDnn.IsRight());
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        using var drawn = rand(4);
        Assert.Equal(expected.data<float>().ToArray(), drawn.data<float>().ToArray());
    }

    /// <summary>The output, and the gradients of images and weights of half the sum of its squares.</summary>
    private static Tensor[] Convolve(Tensor images, Tensor weights, int stride, int padding)
    {
        var (x, w) = (images.detach().requires_grad_(), weights.detach().requires_grad_());
        var output = nn.functional.conv2d(x, w, null, [stride, stride], [padding, padding], [1, 1], 1);
        return [output.detach(), .. autograd.grad([output], [x, w], [output.detach()])];
    }

    /// <summary>Not from libtorch's generator, on which tests that run beside these depend.</summary>
    private static Tensor Noise(Random random, params long[] shape) =>
        tensor([.. Enumerable.Range(0, (int)shape.Aggregate(1L, (count, length) => count * length)).Select(_ => (2 * random.NextSingle()) - 1)], shape, ScalarType.Float32);

    private static Tensor ChannelsLast(Tensor tensor) => tensor.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    private static double[] Convolved(Tensor images, Tensor weights, int stride, int padding, int groups, long[] shape)
    {
        var (x, w) = (images.to(ScalarType.Float64).contiguous().data<double>().ToArray(), weights.to(ScalarType.Float64).contiguous().data<double>().ToArray());
        var (channels, side, perGroup, kernel) = ((int)images.size(1), (int)images.size(2), (int)weights.size(1), (int)weights.size(2));
        var result = new List<double>();
        for (var n = 0; n < shape[0]; n++)
        {
            for (var o = 0; o < shape[1]; o++)
            {
                for (var i = 0; i < shape[2]; i++)
                {
                    for (var j = 0; j < shape[3]; j++)
                    {
                        result.Add(Sum(n, o, (i * stride) - padding, (j * stride) - padding));
                    }
                }
            }
        }

        return [.. result];

        double Sum(int n, int o, int top, int left)
        {
            var sum = 0.0;
            for (var c = 0; c < perGroup; c++)
            {
                var channel = (o / ((int)shape[1] / groups) * perGroup) + c;
                for (var u = Math.Max(0, -top); u < Math.Min(kernel, side - top); u++)
                {
                    for (var v = Math.Max(0, -left); v < Math.Min(kernel, side - left); v++)
                    {
                        sum += w[(((((o * perGroup) + c) * kernel) + u) * kernel) + v] * x[(((((n * channels) + channel) * side) + top + u) * side) + left + v];
                    }
                }
            }

            return sum;
        }
    }
}
