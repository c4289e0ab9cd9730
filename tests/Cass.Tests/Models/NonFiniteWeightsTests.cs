using Cass.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

/// <summary>NaN and infinity in weights: nothing loads or saves them in silence.</summary>
public sealed class NonFiniteWeightsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string File => folder["w.safetensors"];

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("layer2.0.conv2.weight", float.NaN, "'layer2.0.conv2.weight' has 2 NaN of")]
    [InlineData("layer4.0.bn3.running_var", float.PositiveInfinity, "'layer4.0.bn3.running_var' has 2 infinite of 2048 values")]
    [InlineData("bn1.running_mean", float.NaN, "'bn1.running_mean' has 2 NaN of 64 values")]
    public void A_file_with_values_that_are_not_finite_is_refused_and_changes_nothing(string tensor, float value, string expected)
    {
        using var scope = NewDisposeScope();
        using var network = SlimBackbones.ResNet([1, 1, 1, 1]);
        var before = network.state_dict().ToDictionary(e => e.Key, e => e.Value.clone());
        var state = Clone(before);
        state[tensor].view(-1).narrow(0, 3, 2).fill_(value);
        SafetensorsFile.Write(File, state.Select(e => KeyValuePair.Create("module." + e.Key, e.Value)));
        var error = Assert.Throws<WeightFileException>(() => BackboneWeights.Load(network, File));
        Assert.Contains(expected.Replace("'" + tensor, "'module." + tensor, StringComparison.Ordinal), error.Message, StringComparison.Ordinal);
        Assert.All(network.state_dict(), e => Assert.True(e.Value.equal(before[e.Key]).all().item<bool>(), e.Key));
    }

    [Fact]
    public void The_first_of_several_tensors_is_named_and_all_values_are_counted()
    {
        using var scope = NewDisposeScope();
        using var network = SlimBackbones.VisionTransformer(2);
        var state = Clone(network.state_dict());
        state["blocks.0.attn.qkv.bias"].fill_(float.NaN);
        state["blocks.1.mlp.fc1.bias"].narrow(0, 0, 1).fill_(float.NegativeInfinity);
        SafetensorsFile.Write(File, state);
        var error = Assert.Throws<WeightFileException>(() => BackboneWeights.Load(network, File));
        Assert.Contains("'blocks.0.attn.qkv.bias' has 48 NaN of 48 values; with it 2 tensors have 49 such values", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_is_adapted_is_looked_at_too()
    {
        using var scope = NewDisposeScope();
        using var color = SlimBackbones.VisionTransformer(2);
        using var gray = SlimBackbones.VisionTransformer(2, channels: 1);
        var state = Clone(color.state_dict());
        state["patch_embed.proj.weight"].view(-1).narrow(0, 0, 1).fill_(float.NaN);
        SafetensorsFile.Write(File, state);
        Assert.Contains("'patch_embed.proj.weight' has 1 NaN", Assert.Throws<WeightFileException>(() => BackboneWeights.Load(gray, File)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_into_the_networks_type_is_infinite_there_and_refused()
    {
        using var scope = NewDisposeScope();
        using var network = SlimBackbones.VisionTransformer(2);
        var state = Clone(network.state_dict());
        state["norm.weight"] = full(16, 1e300, ScalarType.Float64);
        SafetensorsFile.Write(File, state);
        Assert.Contains("'norm.weight' has 16 infinite", Assert.Throws<WeightFileException>(() => BackboneWeights.Load(network, File)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Large_finite_values_whose_sum_overflows_load()
    {
        using var scope = NewDisposeScope();
        using var network = SlimBackbones.VisionTransformer(2);
        var state = Clone(network.state_dict());
        state["blocks.0.attn.qkv.weight"].fill_(3e38f);
        SafetensorsFile.Write(File, state);
        Assert.True(BackboneWeights.Load(network, File).IsExact);
    }

    [Fact]
    public void A_negative_variance_is_refused()
    {
        using var scope = NewDisposeScope();
        using var network = SlimBackbones.ResNet([1, 1, 1, 1]);
        var state = Clone(network.state_dict());
        state["layer1.0.bn1.running_var"].fill_(-1);
        SafetensorsFile.Write(File, state);
        Assert.Contains("negative variances in 'layer1.0.bn1.running_var'", Assert.Throws<WeightFileException>(() => BackboneWeights.Load(network, File)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tensor_that_is_not_loaded_may_hold_anything()
    {
        using var scope = NewDisposeScope();
        using var network = SlimBackbones.VisionTransformer(2);
        SafetensorsFile.Write(File, network.state_dict().Append(new("dino_loss.center", full(4, float.NaN))));
        Assert.Equal(["dino_loss.center"], BackboneWeights.Load(network, File).Unexpected);
    }

    [Fact]
    public void A_type_that_TorchSharp_lacks_ends_the_load_before_anything_changes()
    {
        using var scope = NewDisposeScope();
        using var network = SlimBackbones.VisionTransformer(2);
        var state = network.state_dict();
        var before = state["cls_token"].clone();
        SafetensorsFile.Write(File, state.ToDictionary(e => e.Key, e => e.Key == "norm.bias" ? zeros(e.Value.shape, ScalarType.Byte) : zeros_like(e.Value)));
        var bytes = System.IO.File.ReadAllBytes(File);
        var text = System.Text.Encoding.Latin1.GetString(bytes).Replace("\"norm.bias\":{\"dtype\":\"U8\",\"shape\":[16]", "\"norm.bias\":{\"dtype\":\"F4\",\"shape\":[32]", StringComparison.Ordinal);
        System.IO.File.WriteAllBytes(File, System.Text.Encoding.Latin1.GetBytes(text));
        Assert.ThrowsAny<CassInputException>(() => BackboneWeights.Load(network, File));
        text = text.Replace("\"dtype\":\"F4\",\"shape\":[32]", "\"dtype\":\"F8_E4M3FNUZ\",\"shape\":[16]", StringComparison.Ordinal);
        text = string.Concat(BitConverter.GetBytes(text.IndexOf("}}", StringComparison.Ordinal) - 6L).Select(b => (char)b)) + text[8..];
        System.IO.File.WriteAllBytes(File, System.Text.Encoding.Latin1.GetBytes(text));
        Assert.Contains("'norm.bias' as F8_E4M3FNUZ", Assert.Throws<WeightFileException>(() => BackboneWeights.Load(network, File)).Message, StringComparison.Ordinal);
        Assert.True(before.equal(state["cls_token"]).all().item<bool>());
    }

    [Theory]
    [InlineData("layer1.0.conv1.weight")]
    [InlineData("layer3.0.bn2.running_var")]
    public void Weights_that_are_not_finite_are_not_saved_over_good_ones(string tensor)
    {
        using var scope = NewDisposeScope();
        using var network = SlimBackbones.ResNet([1, 1, 1, 1]);
        BackboneWeights.Save(network, File);
        var good = System.IO.File.ReadAllBytes(File);
        using (no_grad())
        {
            network.state_dict()[tensor].view(-1).narrow(0, 0, 1).fill_(float.NaN);
        }

        var error = Assert.Throws<CassInputException>(() => BackboneWeights.Save(network, File));
        Assert.Contains($"'{tensor}' has 1 NaN", error.Message, StringComparison.Ordinal);
        Assert.Throws<CassInputException>(() => BackboneFolder.Save(network, folder.Path));
        Assert.True(good.AsSpan().SequenceEqual(System.IO.File.ReadAllBytes(File)));
        Assert.False(System.IO.File.Exists(folder[BackboneFolder.ConfigurationFile]));
    }

    [Fact]
    public void Counts_are_those_of_a_plain_loop_in_every_type()
    {
        using var scope = NewDisposeScope();
        foreach (var type in new[] { ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float32, ScalarType.Float64 })
        {
            var values = tensor(new[] { 1, float.NaN, 60000, float.NegativeInfinity, 60000, float.NaN, 0 }).to(type);
            Assert.Equal(new NonFiniteTensor("x", NaN: 2, Infinite: 1, Count: 7), NonFiniteTensor.Of("x", values));
            Assert.Null(NonFiniteTensor.Of("x", full(100_000, 60000, type)));
            Assert.Null(NonFiniteTensor.Of("x", zeros(0, type)));
        }

        Assert.Null(NonFiniteTensor.Of("x", tensor(new[] { 1L, long.MaxValue })));
        Assert.Equal("'y' has 1 NaN and 1 infinite of 3 values", NonFiniteTensor.FirstOf([new("x", ones(2)), new("y", tensor(new[] { float.NaN, float.PositiveInfinity, 0 }))])!.ToString());
    }

    private static Dictionary<string, Tensor> Clone(Dictionary<string, Tensor> state) => state.ToDictionary(e => e.Key, e => e.Value.detach().clone(), StringComparer.Ordinal);
}
