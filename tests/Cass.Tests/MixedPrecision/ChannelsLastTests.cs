using Cass.Models;
using Cass.Tests.Models;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.MixedPrecision;

public sealed class ChannelsLastTests
{
    [Theory]
    [InlineData(TinyBackbones.ResNet)]
    [InlineData(TinyBackbones.ConvNeXt)]
    [InlineData(TinyBackbones.Transformer)]
    public void The_layout_changes_neither_results_nor_saved_files(string name)
    {
        random.manual_seed(8);
        using var folder = new TemporaryFolder();
        using var network = TinyBackbones.Registry().Create(name);
        network.eval();
        using var images = randn(2, 3, 32, 32);
        using var guard = no_grad();
        using var expected = network.forward(images);
        var (before, after) = (Path.Combine(folder.Path, "before.safetensors"), Path.Combine(folder.Path, "after.safetensors"));
        BackboneWeights.Save(network, before);

        network.ToChannelsLast();

        BackboneWeights.Save(network, after);
        Assert.Equal(File.ReadAllBytes(before), File.ReadAllBytes(after));
        using var copy = network.Copy();
        foreach (var each in (Backbone[])[network, copy])
        {
            var convolution = each.modules().OfType<Conv2d>().MaxBy(c => c.weight.numel() / c.weight.size(0))!;
            Assert.Equal(1, convolution.weight.stride(1));
            Assert.True(convolution.weight.requires_grad);
            using var actual = each.forward(images);
            Assert.True(actual.allclose(expected, rtol: 1e-4, atol: 1e-5));
        }
    }
}
