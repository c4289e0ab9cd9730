using Cass.Data;
using Cass.Explain;
using Cass.Tests.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Explain;

/// <summary>The methods that need nothing of a network but its outputs and its gradient.</summary>
public sealed class PerturbationTests
{
    private static readonly ChannelStatistics Normalization = new([0.2, 0.4, 0.6], [0.5, 0.4, 0.3]);

    public static TheoryData<string> Networks => [TinyBackbones.ResNet, TinyBackbones.ConvNeXt, TinyBackbones.Transformer, TinyBackbones.Distilled, TinyBackbones.Swin];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Integrated_gradients_add_up_to_the_difference_of_the_logits(string name)
    {
        using var scope = NewDisposeScope();
        using var network = ExplainedNetwork.Create(name);
        var image = ExplainedNetwork.Image();
        foreach (var baseline in Enum.GetValues<Baseline>())
        {
            var relevance = NetworkRelevance.Of(network, image, 2, ExplanationMethod.IntegratedGradients, new ExplanationOptions { IntegrationBaseline = baseline }, Normalization);
            using var ungraded = no_grad();
            var origin = zeros_like(image);
            if (baseline == Baseline.Black)
            {
                origin = tensor(new[] { -0.2f / 0.5f, -0.4f / 0.4f, -0.6f / 0.3f }, [1, 3, 1, 1]).expand(image.shape);
            }

            var difference = (network.forward(image) - network.forward(origin))[0, 2].item<float>();
            var sum = relevance.Map.Values.ToArray().Sum();
            Assert.InRange(Math.Abs(sum - difference), 0, 0.01 * Math.Abs(difference));
            Assert.Equal(Math.Abs(sum - difference) / Math.Abs(difference), relevance.CompletenessGap!.Value, 1e-3);
            Assert.Equal((32, 32), (relevance.Map.Height, relevance.Map.Width));
        }
    }

    [Fact]
    public void Integrated_gradients_of_a_linear_network_are_its_weights_times_the_way_from_the_baseline()
    {
        using var scope = NewDisposeScope();
        using var network = new LinearNetwork(side: 6, classes: 3);
        var image = randn(1, 3, 6, 6);
        var origin = tensor(new[] { -0.4f, -1f, -2f }, [1, 3, 1, 1]);
        var expected = ((image - origin) * network.Weight[1]).sum(1).flatten().data<float>().ToArray();

        foreach (var (steps, batch) in new[] { (10, 16), (500, 3) })
        {
            var options = new ExplanationOptions { IntegrationSteps = steps, BatchSize = batch };
            var actual = NetworkRelevance.Of(network, image, 1, ExplanationMethod.IntegratedGradients, options, Normalization);
            Assert.All(expected.Zip(actual.Map.Values.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
            Assert.InRange(actual.CompletenessGap!.Value, 0, 1e-3);
        }

        // Of the configuration, where no normalisation is given: (0 - 0.5) / 0.25.
        var own = NetworkRelevance.Of(network, image, 1, ExplanationMethod.IntegratedGradients).Map;
        Assert.All(((image + 2) * network.Weight[1]).sum(1).flatten().data<float>().ToArray().Zip(own.Values.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    [Theory]
    [InlineData(TinyBackbones.Swin, 12, 5, Baseline.Mean, 16)]
    [InlineData(TinyBackbones.ResNet, 9, 9, Baseline.Black, 3)]
    [InlineData(TinyBackbones.Transformer, 32, 1, Baseline.Mean, 1)]
    public void Occlusion_is_the_mean_fall_over_all_squares_that_cover_a_pixel(string name, int size, int stride, Baseline fill, int batch)
    {
        using var scope = NewDisposeScope();
        using var network = ExplainedNetwork.Create(name);
        var image = ExplainedNetwork.Image();
        using var ungraded = no_grad();
        var whole = network.forward(image)[0, 4].item<float>();

        // The first rows and columns of all squares; the last lies at the end.
        var starts = Enumerable.Range(0, 32).Where(start => start % stride == 0 && start < 32 - size).Append(32 - size).ToArray();
        var falls = starts.SelectMany(_ => starts, (top, left) => (Top: top, Left: left)).ToDictionary(square => square, square =>
        {
            using var step = NewDisposeScope();
            var covered = image.clone();
            for (var channel = 0; channel < 3; channel++)
            {
                var level = fill == Baseline.Mean ? 0 : -Normalization.Mean[channel] / Normalization.Std[channel];
                covered[0, channel].narrow(0, square.Top, size).narrow(1, square.Left, size).fill_(level);
            }

            return whole - network.forward(covered)[0, 4].item<float>();
        });

        var options = new ExplanationOptions { OcclusionSize = size, OcclusionStride = stride, OcclusionFill = fill, BatchSize = batch };
        var map = NetworkRelevance.Of(network, image, 4, ExplanationMethod.Occlusion, options, Normalization).Map;
        Assert.Equal((32, 32), (map.Height, map.Width));
        for (var row = 0; row < 32; row++)
        {
            for (var column = 0; column < 32; column++)
            {
                var (y, x) = (row, column);
                var over = falls.Where(fall => y >= fall.Key.Top && y < fall.Key.Top + size && x >= fall.Key.Left && x < fall.Key.Left + size).ToArray();
                Assert.NotEmpty(over);
                Assert.Equal(over.Average(fall => fall.Value), map[row, column], 1e-4);
            }
        }
    }

    [Fact]
    public void Occlusion_of_a_linear_network_finds_the_one_pixel_that_counts()
    {
        using var scope = NewDisposeScope();
        using var network = new LinearNetwork(side: 8, classes: 2);
        using (no_grad())
        {
            network.Weight.zero_();
            network.Weight[1, 2, 5, 3] = 2;
        }

        var map = NetworkRelevance.Of(network, ones(1, 3, 8, 8), 1, ExplanationMethod.Occlusion, new ExplanationOptions { OcclusionSize = 1, OcclusionStride = 1 }).Map;
        Assert.Equal((5, 3), map.Hottest);
        Assert.Equal(2, map[5, 3], 1e-6);
        Assert.Equal(2, map.Values.ToArray().Sum(), 1e-6);
    }
}
