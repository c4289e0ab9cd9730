using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cass.Models;
using Cass.Tests.Reference;
using Cass.TorchVision;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.TorchVision;

/// <summary>Every network's parameters, names, shapes and expected input beside torchvision's, on a device without memory.</summary>
[Trait("Category", "Reference")]
public sealed class TorchVisionStructureTests : IDisposable
{
    private readonly Device before = get_default_device();

    public TorchVisionStructureTests()
    {
        TorchBackend.EnsureLoaded();
        set_default_device(new Device(DeviceType.META, -1));
    }

    public void Dispose() => set_default_device(before);

    [Fact]
    public void Every_network_has_torchvisions_parameters_and_names_in_torchvisions_order()
    {
        var registry = new BackboneRegistry().RegisterTorchVision();
        var entries = ReferenceFolder.Json("torchvision*.json").SelectMany(file => file.Document.RootElement.EnumerateArray()).ToList();
        Assert.Equal(
            TorchVisionBackbones.Names,
            entries.Select(entry => TorchVisionBackbones.Prefix + entry.GetProperty("name").GetString()).Order(StringComparer.Ordinal));
        foreach (var entry in entries)
        {
            var name = TorchVisionBackbones.Prefix + entry.GetProperty("name").GetString();
            using var network = registry.Create(name);
            var state = network.state_dict();
            var described = string.Join('\n', state.Select(tensor => $"{tensor.Key} [{string.Join(", ", tensor.Value.shape)}]"));
            Assert.Equal(entry.GetProperty("parameters").GetInt64(), network.parameters().Sum(p => p.NumberOfElements));
            Assert.Equal(entry.GetProperty("tensors").GetInt32(), state.Count);
            Assert.True(
                entry.GetProperty("sha256").GetString() == Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(described))),
                $"The names or shapes of {name} are not torchvision's:\n{described}");

            var configuration = registry.Configuration(name);
            Assert.Equal(name, network.ModelName);
            Assert.Equal(configuration, network.Configuration);
            Assert.Equal(BackboneKind.Convolutional, network.Kind);
            Assert.Equal([1000, network.NumFeatures], state[$"{configuration.Classifiers.Single()}.weight"].shape);
            Assert.Equal(entry.GetProperty("features").GetInt64(), network.NumFeatures);
            Assert.Equal(3, state[$"{configuration.FirstConvolution}.weight"].size(1));
            Assert.Equal(entry.GetProperty("crop_size").GetInt32(), configuration.InputHeight);
            Assert.Equal(entry.GetProperty("minimum_size").GetInt32(), configuration.MinimumInputSize);
            Assert.False(configuration.FixedInputSize);

            AssertStages(network);
        }
    }

    /// <summary>What torchvision publishes of each: https://pytorch.org/vision/stable/models.html.</summary>
    [Theory]
    [InlineData("vgg16", 138_357_544)]
    [InlineData("alexnet", 61_100_840)]
    [InlineData("googlenet", 6_624_904)]
    [InlineData("inception_v3", 23_834_568)]
    [InlineData("mobilenet_v2", 3_504_872)]
    [InlineData("mobilenet_v3_large", 5_483_032)]
    [InlineData("mobilenet_v3_small", 2_542_856)]
    [InlineData("resnet18", 11_689_512)]
    [InlineData("resnext50_32x4d", 25_028_904)]
    [InlineData("resnext101_32x8d", 88_791_336)]
    [InlineData("resnext101_64x4d", 83_455_272)]
    [InlineData("wide_resnet50_2", 68_883_240)]
    public void The_number_of_parameters_is_the_published_one(string name, long parameters)
    {
        using var network = new BackboneRegistry().RegisterTorchVision().Create(TorchVisionBackbones.Prefix + name);
        Assert.Equal(parameters, network.parameters().Sum(p => p.NumberOfElements));
    }

    private static void AssertStages(Backbone network)
    {
        var stages = network.Stages;
        Assert.Equal(network.named_parameters().Select(p => p.name), stages.SelectMany(stage => stage.ParameterNames));
        Assert.Equal("stem", stages[0].Name);
        Assert.Equal("head", stages[^1].Name);
        Assert.Contains($"{network.Configuration.FirstConvolution}.weight", stages[0].ParameterNames, StringComparer.Ordinal);
        Assert.Equal([$"{network.Configuration.Classifiers[0]}.weight", $"{network.Configuration.Classifiers[0]}.bias"], stages[^1].ParameterNames);
        Assert.InRange(stages.Count, 5, 20);
    }
}
