using Cass.Models;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

/// <summary>A ViT and a DeiT on images of other sizes, beside networks that are built for them.</summary>
public sealed class ResampledPositionTests
{
    private const int Side = 32;
    private const int Patch = 8;
    private const int Grid = Side / Patch;

    /// <summary>Smaller, larger, not square, and of as many patches in another shape.</summary>
    public static TheoryData<string, int, int> Cases
    {
        get
        {
            var cases = new TheoryData<string, int, int>();
            foreach (var name in new[] { TinyBackbones.Transformer, "tiny_deit_distilled" })
            {
                foreach (var (height, width) in new[] { (16, 16), (8, 8), (24, 40), (64, 48), (16, 64), (32, 24) })
                {
                    cases.Add(name, height, width);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Outputs_and_gradients_are_those_of_a_network_built_for_the_size_with_resampled_positions(string name, int height, int width)
    {
        using var scope = NewDisposeScope();
        using var dynamic = Dynamic(name);
        using var built = Float64(TinyBackbones.Registry().Create(name, new BackboneOptions { NumClasses = 3, ImageHeight = height, ImageWidth = width }));
        var to = (height / Patch, width / Patch);
        Copy(dynamic, built, (key, value) => key == "pos_embed" ? AntialiasedBicubic.Resample(value, dynamic.PrefixTokens, (Grid, Grid), to) : value);
        var images = randn(2, 3, height, width, dtype: float64);

        foreach (var training in new[] { false, true })
        {
            dynamic.train(training);
            built.train(training);
            AssertClose(built.ForwardFeatures(images), dynamic.ForwardFeatures(images));
            AssertClose(built.ForwardPooled(images), dynamic.ForwardPooled(images));
            AssertClose(built.forward(images), dynamic.forward(images));
        }

        built.forward(images).square().sum().backward();
        dynamic.forward(images).square().sum().backward();
        foreach (var (key, parameter) in built.named_parameters().Where(p => p.name != "pos_embed"))
        {
            AssertClose(parameter.grad!, dynamic.get_parameter(key)!.grad!);
        }

        // The resampling is linear: what flows back is what its transpose makes of the gradient of the resampled positions.
        var slope = ((VisionTransformer)built).PosEmbed.grad!;
        var prefix = dynamic.PrefixTokens;
        var ofGrid = slope.narrow(1, prefix, slope.size(1) - prefix).reshape(to.Item1, to.Item2, -1);
        var expected = einsum("yh,xw,yxc->hwc", AntialiasedBicubic.Weights(Grid, to.Item1), AntialiasedBicubic.Weights(Grid, to.Item2), ofGrid);
        AssertClose(cat([slope.narrow(1, 0, prefix), expected.reshape(1, Grid * Grid, -1)], 1), dynamic.PosEmbed.grad!);
    }

    [Theory]
    [InlineData(16, 24)]
    [InlineData(40, 48)]
    public void Gradients_of_the_position_embedding_are_its_difference_quotients(int height, int width)
    {
        const double Step = 1e-5;
        using var scope = NewDisposeScope();
        using var network = Dynamic(TinyBackbones.Transformer);
        network.eval();
        var images = randn(1, 3, height, width, dtype: float64);
        network.forward(images).square().sum().backward();
        var gradient = network.PosEmbed.grad!.reshape(-1).data<double>().ToArray();

        using var guard = no_grad();
        var flat = network.PosEmbed.view(-1);
        var scale = gradient.Max(Math.Abs);
        for (var i = 0; i < gradient.Length; i++)
        {
            var value = flat[i].item<double>();
            flat[i] = tensor(value + Step);
            var above = Loss();
            flat[i] = tensor(value - Step);
            var below = Loss();
            flat[i] = tensor(value);
            Assert.InRange((above - below) / (2 * Step), gradient[i] - (1e-6 * scale), gradient[i] + (1e-6 * scale));
        }

        double Loss()
        {
            using var inner = NewDisposeScope();
            return network.forward(images).square().sum().item<double>();
        }
    }

    [Theory]
    [InlineData(4, 4, 2, 3)]
    [InlineData(4, 6, 9, 5)]
    [InlineData(14, 14, 6, 6)]
    [InlineData(14, 14, 24, 24)]
    [InlineData(3, 5, 3, 5)]
    public void Antialiased_resizing_is_Pillows(int height, int width, int newHeight, int newWidth)
    {
        using var scope = NewDisposeScope();
        var embedding = randn(1, 2 + (height * width), 5, dtype: float64);
        var expected = AntialiasedBicubic.Resample(embedding, 2, (height, width), (newHeight, newWidth));

        AssertClose(expected, PositionEmbedding.Resize(embedding, 2, (height, width), (newHeight, newWidth), antialias: true));
        foreach (var (type, tolerance) in new[] { (ScalarType.Float32, 1e-5), (ScalarType.BFloat16, 0.03), (ScalarType.Float16, 0.01) })
        {
            var resized = PositionEmbedding.Resize(embedding.to(type), 2, (height, width), (newHeight, newWidth), antialias: true);
            Assert.Equal(type, resized.dtype);
            Assert.InRange((resized.to(ScalarType.Float64) - expected).abs().max().item<double>(), 0, tolerance);
        }
    }

    private static VisionTransformer Dynamic(string name) =>
        (VisionTransformer)Float64(TinyBackbones.Registry().Create(name, new BackboneOptions { NumClasses = 3, DynamicImageSize = true }));

    /// <summary>Initial position embeddings are nearly zero; these count.</summary>
    private static Backbone Float64(Backbone network)
    {
        using var guard = no_grad();
        network.to(ScalarType.Float64);
        network.get_parameter("pos_embed")!.normal_();
        return network;
    }

    private static void Copy(Backbone from, Backbone to, Func<string, Tensor, Tensor> change)
    {
        using var guard = no_grad();
        var state = from.state_dict();
        foreach (var (key, value) in to.state_dict())
        {
            value.copy_(change(key, state[key]));
        }
    }

    private static void AssertClose(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange((expected - actual).abs().max().item<double>(), 0, 1e-11 * Math.Max(1e-3, expected.abs().max().item<double>()));
    }
}
