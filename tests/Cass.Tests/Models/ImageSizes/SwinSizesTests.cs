using Cass.Models;
using Cass.Tests.Reference;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

/// <summary>A Swin transformer on images of other sizes, beside networks that are built for them and beside torchvision's.</summary>
public sealed class SwinSizesTests
{
    public static TheoryData<string> Files => ReferenceFolder.Names("swin_sizes_*.safetensors");

    [Theory]
    [InlineData(64, 64)]
    [InlineData(64, 96)]
    [InlineData(32, 64)]
    [InlineData(128, 32)]
    public void Where_windows_fit_results_are_bit_for_bit_those_of_a_network_built_for_the_size(int height, int width)
    {
        using var scope = NewDisposeScope();
        using var dynamic = Dynamic();
        using var built = TinyBackbones.Registry().Create("tiny_swin", new BackboneOptions { NumClasses = 3, ImageHeight = height, ImageWidth = width });
        using (no_grad())
        {
            foreach (var (name, parameter) in built.named_parameters())
            {
                parameter.copy_(dynamic.get_parameter(name)!);
            }
        }

        var images = randn(2, 3, height, width);
        foreach (var training in new[] { false, true })
        {
            dynamic.train(training);
            built.train(training);
            var (expected, actual) = (Pass(built), Pass(dynamic));
            Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second));
        }

        List<float[]> Pass(Backbone network)
        {
            random.manual_seed(4);
            network.zero_grad();
            var logits = network.forward(images);
            logits.square().sum().backward();
            return [.. network.parameters().Select(p => p.grad!).Prepend(logits.detach()).Select(t => t.reshape(-1).data<float>().ToArray())];
        }
    }

    /// <summary>The built size of a reference network is the smallest that its windows fit.</summary>
    [Theory]
    [Trait("Category", "Reference")]
    [MemberData(nameof(Files))]
    public void Sizes_that_need_padding_give_what_torchvision_gives(string file)
    {
        var reference = ReferenceFolder.Open(file);
        using var scope = NewDisposeScope();
        using var network = Rebuilt(reference);
        foreach (var key in reference.Keys.Where(key => key.StartsWith("features/", StringComparison.Ordinal)))
        {
            var size = key["features/".Length..];
            var sides = size.Split('x').Select(int.Parse).ToArray();
            var features = network.ForwardFeatures(Wave([2, 3, sides[0], sides[1]], 7919, 2003, 1024));
            AssertClose(reference[key], features, key);

            network.zero_grad();
            (features * Wave(features.shape, 31, 17, 8)).sum().backward();
            foreach (var gradient in reference.Keys.Where(other => other.StartsWith($"gradient/{size}/", StringComparison.Ordinal)))
            {
                var name = TorchvisionNames.SwinTransformer(gradient.Split('/')[^1]);
                AssertClose(reference[gradient], network.get_parameter(name)!.grad!, gradient);
            }
        }
    }

    [Fact]
    public void Passes_of_changing_sizes_leave_nothing_but_masks_and_disposal_leaves_nothing()
    {
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var network = Dynamic())
        {
            var made = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            Assert.Equal(before + network.state_dict().Count, made);
            for (var round = 0; round < 3; round++)
            {
                foreach (var side in new[] { 64, 36, 32, 20, 12 })
                {
                    Train(network, side, side);
                }

                // One of 16 by 16 (of 64), of 12 by 12 (of 36), of 8 by 8 (of 20, of 64 merged, and of 36 merged); that of 32 is in the state.
                Assert.Equal(made + 3, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            }

            for (var side = 8; side <= 64; side += 4)
            {
                for (var other = 8; other <= 64; other += 4)
                {
                    Run(network, side, other);
                }
            }

            Assert.InRange(DisposeScopeManager.Statistics.ThreadTotalLiveCount, made + 1, made + 32);
            Assert.Equal(made - before, network.state_dict().Count);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_converted_network_makes_its_masks_anew()
    {
        using var scope = NewDisposeScope();
        using var network = Dynamic();
        network.eval();
        using var guard = no_grad();
        var images = randn(1, 3, 36, 52);
        var single = network.forward(images);
        network.to(ScalarType.Float64);
        var exact = network.forward(images.to(ScalarType.Float64));
        network.to(ScalarType.BFloat16);
        var half = network.forward(images.to(ScalarType.BFloat16));

        Assert.Equal((ScalarType.Float64, ScalarType.BFloat16), (exact.dtype, half.dtype));
        Assert.InRange((exact - single).abs().max().item<double>(), 0, 1e-5);
        Assert.InRange((half.to(ScalarType.Float32) - single).abs().max().item<float>(), 0, 0.1 * single.abs().max().item<float>());
    }

    [Fact]
    public void A_network_that_has_predicted_can_be_trained_at_that_size()
    {
        using var scope = NewDisposeScope();
        using var network = Dynamic();
        using var images = randn(1, 3, 36, 36);
        using (inference_mode())
        using (network.forward(images))
        {
        }

        network.forward(images).sum().backward();
        Assert.All(network.parameters(), parameter => Assert.NotNull(parameter.grad));
    }

    [Fact]
    public void Threads_may_use_one_network_at_several_sizes()
    {
        using var network = Dynamic();
        network.eval();
        var sizes = Enumerable.Range(0, 60).Select(i => (Height: 8 + (4 * (i % 10)), Width: 8 + (4 * (i / 10)))).ToArray();
        var alone = sizes.Select(Forward).ToArray();
        var together = new float[sizes.Length][];
        Parallel.For(0, sizes.Length, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i => together[i] = Forward(sizes[i]));
        Assert.All(alone.Zip(together), pair => Assert.Equal(pair.First, pair.Second));

        float[] Forward((int Height, int Width) size)
        {
            using var scope = NewDisposeScope();
            using var guard = no_grad();
            return network.forward(DeterministicFill.Images(1, 3, size.Height, size.Width)).reshape(-1).data<float>().ToArray();
        }
    }

    private static Backbone Dynamic() => TinyBackbones.Registry().Create("tiny_swin", new BackboneOptions { NumClasses = 3, DynamicImageSize = true });

    private static void Run(Backbone network, int height, int width)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        network.forward(zeros(1, 3, height, width));
    }

    private static void Train(Backbone network, int height, int width)
    {
        using (NewDisposeScope())
        {
            network.forward(randn(2, 3, height, width)).sum().backward();
        }

        network.zero_grad();
    }

    private static SwinTransformer Rebuilt(ReferenceTensors reference)
    {
        var weights = reference.Keys.Where(key => key.StartsWith("weight/", StringComparison.Ordinal)).ToDictionary(
            key => TorchvisionNames.SwinTransformer(key["weight/".Length..]),
            key => key,
            StringComparer.Ordinal);
        var tables = weights.Keys.Where(name => name.EndsWith("blocks.0.attn.relative_position_bias_table", StringComparison.Ordinal)).Order(StringComparer.Ordinal).ToArray();
        int[] depths = [.. tables.Select((_, stage) => weights.Keys.Count(name => name.StartsWith($"layers.{stage}.blocks.", StringComparison.Ordinal) && name.EndsWith(".norm1.weight", StringComparison.Ordinal)))];
        int[] heads = [.. tables.Select(name => (int)reference.ShapeOf(weights[name])[1])];
        var window = ((int)Math.Sqrt(reference.ShapeOf(weights[tables[0]])[0]) + 1) / 2;
        var projection = reference.ShapeOf(weights["patch_embed.proj.weight"]);
        var side = (int)projection[2] * window << (tables.Length - 1);
        var network = new SwinTransformer(
            "swin",
            new((int)projection[2], window, (int)projection[0], depths, heads),
            new BackboneConfiguration(side, side, 3, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5], 1, "bicubic", "patch_embed.proj", ["head"]),
            new BackboneOptions { NumClasses = 0, DropPathRate = 0, DynamicImageSize = true });
        network.to(ScalarType.Float64);
        using var guard = no_grad();
        foreach (var (name, parameter) in network.named_parameters())
        {
            parameter.copy_(reference[weights[name]]);
        }

        return network;
    }

    /// <summary>As the script that made the reference defines it.</summary>
    private static Tensor Wave(long[] shape, long factor, long period, double scale)
    {
        var values = new double[shape.Aggregate(1L, (product, side) => product * side)];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = ((i * factor % period) - (period / 2)) / scale;
        }

        return tensor(values, shape);
    }

    private static void AssertClose(Tensor expected, Tensor actual, string what)
    {
        Assert.Equal(expected.shape, actual.shape);
        var scale = expected.abs().max().item<double>();
        Assert.True((expected - actual).abs().max().item<double>() <= 1e-10 * scale, $"{what}: {(expected - actual).abs().max().item<double>() / scale:g3}");
    }
}
