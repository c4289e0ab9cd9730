using Cass.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

public sealed class BackboneWeightsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Small => [.. SmallBackbones.Names];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Small))]
    public void Saved_weights_load_bit_for_bit_and_give_equal_outputs(string name)
    {
        using var scope = NewDisposeScope();
        using var saved = SmallBackbones.Create(name);
        using var loaded = SmallBackbones.Create(name);
        var path = folder["w.safetensors"];
        BackboneWeights.Save(saved, path);
        var report = BackboneWeights.Load(loaded, path, new WeightLoadOptions { Strict = true });
        Assert.True(report.IsExact);
        Assert.Empty(report.Prefix);
        saved.eval();
        loaded.eval();
        var images = rand(2, 3, saved.Configuration.InputHeight, saved.Configuration.InputWidth);
        Assert.True(saved.forward(images).equal(loaded.forward(images)).all().item<bool>());
        Assert.All(saved.state_dict().Zip(loaded.state_dict()), pair => Assert.True(pair.First.Value.bytes.SequenceEqual(pair.Second.Value.bytes)));
    }

    [Theory]
    [InlineData("module.")]
    [InlineData("model.")]
    [InlineData("state_dict.module.backbone.")]
    [InlineData("student.")]
    [InlineData("teacher.backbone.")]
    public void Common_prefixes_are_found(string prefix)
    {
        using var scope = NewDisposeScope();
        using var saved = SmallBackbones.Create("resnet18");
        using var loaded = SmallBackbones.Create("resnet18");
        Write(saved.state_dict().Select(p => KeyValuePair.Create(prefix + p.Key, p.Value)).Append(KeyValuePair.Create("optimizer.lr", ones(1))));
        var report = BackboneWeights.Load(loaded, folder["w.safetensors"]);
        Assert.Equal(prefix, report.Prefix);
        Assert.Equal(1, report.Outside);
        Assert.True(report.IsExact);
        AssertEqual(saved, loaded, _ => true);
    }

    [Fact]
    public void Of_student_and_teacher_the_teacher_is_loaded_unless_the_prefix_says_otherwise()
    {
        using var scope = NewDisposeScope();
        using var student = SmallBackbones.Create("resnet18");
        using var teacher = SmallBackbones.Create("resnet18");
        using var loaded = SmallBackbones.Create("resnet18");
        Write(student.state_dict().Select(p => KeyValuePair.Create("student." + p.Key, p.Value)).Concat(teacher.state_dict().Select(p => KeyValuePair.Create("teacher." + p.Key, p.Value))));
        Assert.Equal("teacher.", BackboneWeights.Load(loaded, folder["w.safetensors"]).Prefix);
        AssertEqual(teacher, loaded, _ => true);
        BackboneWeights.Load(loaded, folder["w.safetensors"], new WeightLoadOptions { Prefix = "student." });
        AssertEqual(student, loaded, _ => true);
    }

    [Fact]
    public void A_classifier_of_another_size_is_dropped_and_reported()
    {
        using var scope = NewDisposeScope();
        using var saved = SmallBackbones.Create("deit_tiny_distilled_patch16_224");
        using var loaded = SmallBackbones.Create("deit_tiny_distilled_patch16_224", new BackboneOptions { NumClasses = 4 });
        var head = loaded.state_dict()["head.weight"].clone();
        BackboneWeights.Save(saved, folder["w.safetensors"]);
        var report = BackboneWeights.Load(loaded, folder["w.safetensors"]);
        Assert.Equal(["head.weight", "head.bias", "head_dist.weight", "head_dist.bias"], report.Dropped);
        Assert.True(head.equal(loaded.state_dict()["head.weight"]).all().item<bool>());
        AssertEqual(saved, loaded, key => !key.StartsWith("head", StringComparison.Ordinal));
        Assert.Throws<WeightMismatchException>(() => BackboneWeights.Load(loaded, folder["w.safetensors"], new WeightLoadOptions { Strict = true }));
    }

    [Theory]
    [InlineData("resnet18", "conv1.weight")]
    [InlineData("vit_tiny_patch16_224", "patch_embed.proj.weight")]
    public void A_first_convolution_for_gray_images_sees_them_as_the_original_saw_them_in_RGB(string name, string convolution)
    {
        using var scope = NewDisposeScope();
        using var saved = SmallBackbones.Create(name);
        using var gray = SmallBackbones.Create(name, new BackboneOptions { InputChannels = 1 });
        BackboneWeights.Save(saved, folder["w.safetensors"]);
        var report = BackboneWeights.Load(gray, folder["w.safetensors"]);
        Assert.Equal(convolution, Assert.Single(report.Adapted).Name);
        saved.eval();
        gray.eval();
        using var ungraded = no_grad();
        var image = rand(1, 1, 64, 64);
        var difference = (saved.forward(image.expand(1, 3, 64, 64)) - gray.forward(image)).abs().max().item<float>();
        Assert.InRange(difference, 0, 1e-4f);
    }

    [Fact]
    public void A_first_convolution_for_five_channels_repeats_in_turn_and_keeps_the_sum()
    {
        using var scope = NewDisposeScope();
        var weight = rand(4, 3, 7, 7);
        var adapted = FirstConvolution.Adapt(weight, 5);
        for (var channel = 0; channel < 5; channel++)
        {
            Assert.True(allclose(adapted.select(1, channel), weight.select(1, channel % 3) * 0.6));
        }

        Assert.Throws<ArgumentException>(() => FirstConvolution.Adapt(rand(4, 2, 7, 7), 5));
    }

    [Fact]
    public void A_position_embedding_goes_from_one_grid_to_another_that_need_not_be_square()
    {
        using var scope = NewDisposeScope();
        using var square = SmallBackbones.Create("vit_tiny_patch16_224");
        using var wide = SmallBackbones.Create("vit_tiny_patch16_224", new BackboneOptions { ImageHeight = 48, ImageWidth = 112 });
        BackboneWeights.Save(square, folder["w.safetensors"]);
        Assert.Equal("pos_embed", Assert.Single(BackboneWeights.Load(wide, folder["w.safetensors"]).Adapted).Name);
        var expected = PositionEmbedding.Resize(square.state_dict()["pos_embed"], 1, (4, 4), (3, 7));
        Assert.True(expected.equal(wide.state_dict()["pos_embed"]).all().item<bool>());

        // 3x12 patches are as many as 6x6: only the file's own word tells them apart.
        using var band = SmallBackbones.Create("vit_tiny_patch16_224", new BackboneOptions { ImageHeight = 48, ImageWidth = 192 });
        using var six = SmallBackbones.Create("vit_tiny_patch16_224", new BackboneOptions { ImageHeight = 96, ImageWidth = 96 });
        BackboneWeights.Save(band, folder["w.safetensors"]);
        Assert.Contains("3x12 to 6x6", Assert.Single(BackboneWeights.Load(six, folder["w.safetensors"]).Adapted).Description, StringComparison.Ordinal);
        Write(band.state_dict());
        Assert.Empty(BackboneWeights.Load(six, folder["w.safetensors"]).Adapted);
        Assert.Single(BackboneWeights.Load(six, folder["w.safetensors"], new WeightLoadOptions { PositionGrid = (3, 12) }).Adapted);
    }

    [Fact]
    public void Missing_and_unexpected_tensors_are_reported_and_refused_when_strict()
    {
        using var scope = NewDisposeScope();
        using var model = SmallBackbones.Create("resnet18");
        Write(model.state_dict().Where(p => !string.Equals(p.Key, "layer1.0.conv1.weight", StringComparison.Ordinal) && !p.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal)).Append(new("extra", ones(1))));
        var report = BackboneWeights.Load(model, folder["w.safetensors"]);
        Assert.Equal(["layer1.0.conv1.weight"], report.Missing);
        Assert.Equal(["extra"], report.Unexpected);
        Assert.Contains("missing in the file: layer1.0.conv1.weight", report.ToString(), StringComparison.Ordinal);
        Assert.Throws<WeightMismatchException>(() => BackboneWeights.Load(model, folder["w.safetensors"], new WeightLoadOptions { Strict = true }));
    }

    [Fact]
    public void Weights_of_another_network_are_refused_and_change_nothing()
    {
        using var scope = NewDisposeScope();
        using var small = SmallBackbones.Create("vit_tiny_patch16_224");
        using var other = SmallBackbones.Create("resnet18");
        using var wider = SmallBackbones.Create("vit_small_patch16_224");
        var before = wider.state_dict()["blocks.3.mlp.fc1.weight"].clone();
        BackboneWeights.Save(small, folder["w.safetensors"]);
        Assert.Contains("has only 0 of the", Assert.Throws<WeightMismatchException>(() => BackboneWeights.Load(other, folder["w.safetensors"])).Message, StringComparison.Ordinal);
        Assert.Contains("does not fit 'vit_small_patch16_224'", Assert.Throws<WeightMismatchException>(() => BackboneWeights.Load(wider, folder["w.safetensors"])).Message, StringComparison.Ordinal);
        Assert.True(before.equal(wider.state_dict()["blocks.3.mlp.fc1.weight"]).all().item<bool>());
    }

    [Fact]
    public void Loading_keeps_the_networks_type_gradients_and_mode_and_leaves_no_tensor()
    {
        using var scope = NewDisposeScope();
        using var saved = SmallBackbones.Create("resnet18");
        using var loaded = SmallBackbones.Create("resnet18", new BackboneOptions { InputChannels = 1 });
        loaded.to(ScalarType.BFloat16);
        loaded.eval();
        BackboneWeights.Save(saved, folder["w.safetensors"]);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        BackboneWeights.Load(loaded, folder["w.safetensors"]);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.False(loaded.training);
        Assert.All(loaded.parameters(), p => Assert.True(p is { dtype: ScalarType.BFloat16, requires_grad: true }));
        Assert.True(saved.state_dict()["fc.weight"].to(ScalarType.BFloat16).equal(loaded.state_dict()["fc.weight"]).all().item<bool>());
    }

    private static void AssertEqual(Backbone expected, Backbone actual, Func<string, bool> where)
    {
        var state = actual.state_dict();
        foreach (var (name, tensor) in expected.state_dict().Where(p => where(p.Key)))
        {
            Assert.True(tensor.equal(state[name]).all().item<bool>(), name);
        }
    }

    private void Write(IEnumerable<KeyValuePair<string, Tensor>> tensors) => SafetensorsFile.Write(folder["w.safetensors"], tensors);
}
