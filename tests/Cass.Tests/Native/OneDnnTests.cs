using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Native;

/// <summary>Convolutions of this process, whatever the processor, against sums written out.</summary>
public sealed class OneDnnTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 24, 20, 3, 1, 1, 1e-5)]
    [InlineData(ScalarType.Float32, 3, 24, 3, 2, 1, 1e-5)]
    [InlineData(ScalarType.Float32, 40, 40, 1, 2, 1, 1e-5)]
    [InlineData(ScalarType.Float32, 12, 12, 3, 1, 12, 1e-5)]
    [InlineData(ScalarType.Float32, 256, 512, 1, 2, 1, 1e-5)]
    [InlineData(ScalarType.BFloat16, 8, 12, 3, 2, 1, 0.02)]
    [InlineData(ScalarType.BFloat16, 20, 8, 3, 1, 4, 0.02)]
    public void Convolutions_that_oneDNN_gets_wrong_on_some_processors_are_right(ScalarType type, int inputs, int outputs, int kernel, int stride, int groups, double tolerance)
    {
        TorchBackend.EnsureLoaded();
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var images = randn(2, inputs, 7, 7).to(type);
        var weights = randn(outputs, inputs / groups, kernel, kernel).to(type);
        foreach (var lastChannels in (bool[])[false, true])
        {
            var (x, w) = lastChannels ? (ChannelsLast(images), ChannelsLast(weights)) : (images, weights);
            var output = nn.functional.conv2d(x, w, null, [stride, stride], [1, 1], [1, 1], groups).to(ScalarType.Float64).contiguous();
            double[] actual = output.data<double>().ToArray();
            var expected = Convolved(images, weights, stride, groups, output.shape);
            var scale = expected.Max(Math.Abs);
            Assert.All(actual.Zip(expected), pair => Assert.Equal(pair.Second, pair.First, tolerance * scale));
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

    private static Tensor ChannelsLast(Tensor tensor) => tensor.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

    private static double[] Convolved(Tensor images, Tensor weights, int stride, int groups, long[] shape)
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
                        result.Add(Sum(n, o, (i * stride) - 1, (j * stride) - 1));
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
