using System.Reflection;
using Cass.Models;
using Cass.Tests.Native;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

/// <summary>What a vision transformer shows of its parts is enough to encode some of the tokens alone.</summary>
public sealed class MaskedEncoderTests
{
    private const int Patch = 8;

    [Theory]
    [InlineData(TinyBackbones.Transformer, 32, 32)]
    [InlineData("tiny_deit_distilled", 32, 32)]
    [InlineData(TinyBackbones.Transformer, 24, 48)]
    public void All_tokens_give_what_the_network_gives(string name, int height, int width)
    {
        using var scope = NewDisposeScope();
        using var network = Network(name);
        var images = randn(2, 3, height, width);
        var all = arange(height / Patch * (width / Patch), int64).expand(2, -1);
        foreach (var training in new[] { false, true })
        {
            network.train(training);
            Assert.Equal(Values(network.ForwardFeatures(images)), Values(MaskedEncoder.Encode(network, images, all)));
        }
    }

    /// <summary>The truth is a network built for an image of the kept patches alone, with their positions.</summary>
    [Theory]
    [InlineData(TinyBackbones.Transformer)]
    [InlineData("tiny_deit_distilled")]
    public void A_quarter_of_the_tokens_gives_what_a_network_of_those_patches_gives(string name)
    {
        using var scope = NewDisposeScope();
        using var network = Network(name);
        network.eval();
        var images = randn(2, 3, 32, 32);
        long[][] kept = [[13, 2, 7, 8], [0, 15, 4, 5]];
        var encoded = MaskedEncoder.Encode(network, images, tensor(kept.SelectMany(row => row).ToArray(), [2, 4]));

        using var small = (VisionTransformer)TinyBackbones.Registry().Create(name, new BackboneOptions { NumClasses = 0, ImageHeight = Patch, ImageWidth = 4 * Patch });
        small.eval();
        using var guard = no_grad();
        var state = network.state_dict();
        for (var i = 0; i < kept.Length; i++)
        {
            foreach (var (key, value) in small.state_dict())
            {
                var rows = Enumerable.Range(0, network.PrefixTokens).Select(row => (long)row).Concat(kept[i].Select(patch => network.PrefixTokens + patch)).ToArray();
                value.copy_(key == "pos_embed" ? state[key].index_select(1, tensor(rows)) : state[key]);
            }

            var strip = cat([.. kept[i].Select(patch => images[i].unsqueeze(0).narrow(2, patch / 4 * Patch, Patch).narrow(3, patch % 4 * Patch, Patch))], 3);
            Assert.True(small.ForwardFeatures(strip).allclose(encoded[i].unsqueeze(0), rtol: 1e-4, atol: 1e-5));
        }
    }

    [Fact]
    public void Masked_tokens_take_no_part_in_the_gradient_and_a_step_leaves_no_tensor()
    {
        using var network = Network(TinyBackbones.Transformer);
        using var images = randn(2, 3, 32, 32);
        using var kept = tensor(new long[] { 1, 4, 6, 11, 1, 4, 6, 11 }, [2, 4]);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var encoded = MaskedEncoder.Encode(network, images, kept))
        {
            using var scope = NewDisposeScope();
            encoded.square().sum().backward();
            var touched = network.PosEmbed.grad!.abs().sum([0, 2]).data<float>().ToArray();
            long[] expected = [0, 2, 5, 7, 12];
            Assert.Equal(expected, Enumerable.Range(0, 17).Where(row => touched[row] > 0).Select(row => (long)row));
            Assert.All(network.PatchEmbed.parameters(), parameter => Assert.NotNull(parameter.grad));
        }

        network.zero_grad();
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Public_members_are_enough()
    {
        Assembly[] products = [typeof(Backbone).Assembly, typeof(VisionTransformer).Assembly];
        var called = MethodCalls.In(typeof(MaskedEncoder).GetMethod(nameof(MaskedEncoder.Encode))!).Where(method => products.Contains(method.Module.Assembly)).ToArray();
        Assert.Contains(called, method => method.Name == "get_PatchEmbed");
        Assert.All(called, method => Assert.True(method.IsPublic && method.DeclaringType!.IsVisible, method.ToString()));
    }

    [Fact]
    public void Under_average_pooling_there_is_no_norm_after_the_blocks()
    {
        using var network = (VisionTransformer)TinyBackbones.Registry().Create(TinyBackbones.Transformer, new BackboneOptions { GlobalPooling = GlobalPooling.Average });
        Assert.Null(network.Norm);
        Assert.Null(network.DistToken);
        Assert.Equal(2, network.Blocks.Count);
    }

    private static VisionTransformer Network(string name) =>
        (VisionTransformer)TinyBackbones.Registry().Create(name, new BackboneOptions { NumClasses = 0, DynamicImageSize = true });

    private static float[] Values(Tensor tensor) => tensor.detach().reshape(-1).data<float>().ToArray();
}
