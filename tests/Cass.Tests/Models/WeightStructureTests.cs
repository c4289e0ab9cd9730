using Cass.Models;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

/// <summary>Files of another network, and files that are not whole.</summary>
public sealed class WeightStructureTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string File => folder["w.safetensors"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ResNet_34s_file_is_no_file_of_ResNet_18()
    {
        using var scope = NewDisposeScope();
        using var deep = SmallBackbones.Create("resnet34", new BackboneOptions { NumClasses = 2 });
        using var shallow = SmallBackbones.Create("resnet18", new BackboneOptions { NumClasses = 2 });
        var before = shallow.state_dict()["layer1.0.conv1.weight"].clone();
        BackboneWeights.Save(deep, File);
        var error = Assert.Throws<WeightMismatchException>(() => BackboneWeights.Load(shallow, File));
        Assert.Contains("'resnet18'", error.Message, StringComparison.Ordinal);
        Assert.Contains("96 tensors ('layer1.2.conv1.weight' is the first)", error.Message, StringComparison.Ordinal);
        Assert.Contains("122 tensors fit; unexpected in the file: layer1.2.conv1.weight", error.Message, StringComparison.Ordinal);
        Assert.Equal((122, 96, 0), (error.Report.Loaded.Count, error.Report.Unexpected.Count, error.Report.Missing.Count));
        Assert.True(before.equal(shallow.state_dict()["layer1.0.conv1.weight"]).all().item<bool>());
    }

    [Theory]
    [InlineData("resnet", "layer3.1")]
    [InlineData("vit", "blocks.2")]
    [InlineData("convnext", "stages.2.blocks.1")]
    [InlineData("swin", "layers.1.blocks.1")]
    public void A_deeper_networks_file_and_a_shallower_ones_are_refused_in_every_family(string family, string block)
    {
        using var scope = NewDisposeScope();
        using var shallow = SlimBackbones.Create(family, deep: false);
        using var deep = SlimBackbones.Create(family, deep: true);
        BackboneWeights.Save(deep, File);
        var error = Assert.Throws<WeightMismatchException>(() => BackboneWeights.Load(shallow, File));
        Assert.Contains("within the network's own stages", error.Message, StringComparison.Ordinal);
        Assert.Contains(block, error.Message, StringComparison.Ordinal);

        BackboneWeights.Save(shallow, File);
        error = Assert.Throws<WeightMismatchException>(() => BackboneWeights.Load(deep, File));
        Assert.Contains("it lacks", error.Message, StringComparison.Ordinal);
        Assert.Contains(block, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resnet")]
    [InlineData("vit")]
    [InlineData("convnext")]
    [InlineData("swin")]
    public void AllowPartial_takes_what_fits_and_reports_the_rest(string family)
    {
        using var scope = NewDisposeScope();
        using var shallow = SlimBackbones.Create(family, deep: false);
        using var deep = SlimBackbones.Create(family, deep: true);
        BackboneWeights.Save(deep, File);
        Assert.DoesNotContain("AllowPartial", Assert.Throws<WeightMismatchException>(() => BackboneWeights.Load(shallow, File, new WeightLoadOptions { Names = SettingNames.Of(_ => null) })).Message, StringComparison.Ordinal);
        var report = BackboneWeights.Load(shallow, File, new WeightLoadOptions { AllowPartial = true });
        Assert.False(report.IsComplete);
        Assert.NotEmpty(report.Unexpected);
        var source = deep.state_dict();
        Assert.All(report.Loaded, name => Assert.True(source[name].equal(shallow.state_dict()[name]).all().item<bool>(), name));

        BackboneWeights.Save(shallow, File);
        report = BackboneWeights.Load(deep, File, new WeightLoadOptions { AllowPartial = true });
        Assert.NotEmpty(report.Missing);
        Assert.False(report.IsComplete);
    }

    [Fact]
    public void A_file_of_parameters_alone_is_refused_for_its_missing_buffers_and_its_remedy_works()
    {
        using var scope = NewDisposeScope();
        using var saved = SlimBackbones.ResNet([1, 1, 1, 1]);
        using var loaded = SlimBackbones.ResNet([1, 1, 1, 1]);
        SafetensorsFile.Write(File, saved.named_parameters().Select(p => KeyValuePair.Create(p.name, (Tensor)p.parameter)));
        var buffers = saved.named_buffers().Count(b => !b.name.EndsWith("num_batches_tracked", StringComparison.Ordinal));
        var error = Assert.Throws<WeightMismatchException>(() => BackboneWeights.Load(loaded, File));
        Assert.Contains($"it lacks {buffers} buffers ('bn1.running_mean' is the first)", error.Message, StringComparison.Ordinal);
        Assert.Contains("model.state_dict()", error.Message, StringComparison.Ordinal);

        Assert.Equal(buffers, BackboneWeights.Load(loaded, File, new WeightLoadOptions { AllowPartial = true }).Missing.Count);
        SafetensorsFile.Write(File, saved.state_dict());
        Assert.True(BackboneWeights.Load(loaded, File).IsExact);
    }

    [Fact]
    public void A_distilled_DeiTs_file_is_no_file_of_a_ViT_of_any_grid()
    {
        using var scope = NewDisposeScope();
        using var distilled = SlimBackbones.VisionTransformer(2, distilled: true);
        using var plain = SlimBackbones.VisionTransformer(2);
        var state = distilled.state_dict();
        SafetensorsFile.Write(File, state);
        Assert.Contains("pos_embed is [1, 18, 16]", Assert.Throws<WeightMismatchException>(() => BackboneWeights.Load(plain, File)).Message, StringComparison.Ordinal);

        // With a grid of 4x6 patches, both tokens and the patches but one look like a grid of 5x5.
        state["pos_embed"] = randn(1, 26, 16);
        SafetensorsFile.Write(File, state);
        Assert.Contains("'dist_token'", Assert.Throws<WeightMismatchException>(() => BackboneWeights.Load(plain, File)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resnet", "fc.0.weight")]
    [InlineData("resnet", "projection_head.layers.0.weight")]
    [InlineData("resnet", "prototypes.weight")]
    [InlineData("resnet", "layer1.0.total_ops")]
    [InlineData("vit", "head_dist.weight")]
    [InlineData("vit", "fc_norm.weight")]
    [InlineData("vit", "pre_logits.fc.weight")]
    [InlineData("vit", "mask_token")]
    [InlineData("vit", "head.mlp.0.weight")]
    [InlineData("vit", "blocks.0.attn.relative_position_index")]
    [InlineData("convnext", "head.pre_logits.fc.weight")]
    public void What_is_outside_of_the_networks_stages_is_reported_and_no_error(string family, string extra)
    {
        using var scope = NewDisposeScope();
        using var network = SlimBackbones.Create(family, deep: false);
        SafetensorsFile.Write(File, network.state_dict().Append(new(extra, ones(1))));
        var report = BackboneWeights.Load(network, File);
        Assert.Equal([extra], report.Unexpected);
        Assert.False(report.IsComplete);
        Assert.Contains($"unexpected in the file: {extra}", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Buffers_that_follow_from_a_Swins_structure_may_be_there_or_not()
    {
        using var scope = NewDisposeScope();
        using var network = SlimBackbones.Create("swin", deep: true);
        var state = network.state_dict();
        Assert.Contains(state.Keys, name => name.EndsWith("relative_position_index", StringComparison.Ordinal));
        SafetensorsFile.Write(File, state.Where(e => !e.Key.EndsWith("relative_position_index", StringComparison.Ordinal) && !e.Key.EndsWith("attn_mask", StringComparison.Ordinal)));
        Assert.True(BackboneWeights.Load(network, File).IsComplete);
    }

    [Fact]
    public void A_ViT_that_pools_tokens_and_one_that_averages_patches_take_each_others_files_with_a_report()
    {
        using var scope = NewDisposeScope();
        using var token = SlimBackbones.VisionTransformer(2);
        using var average = SlimBackbones.VisionTransformer(2, pooling: GlobalPooling.Average);
        BackboneWeights.Save(token, File);
        var report = BackboneWeights.Load(average, File);
        Assert.Equal(["fc_norm.weight", "fc_norm.bias"], report.Missing);
        Assert.Equal(["norm.weight", "norm.bias"], report.Unexpected);
        BackboneWeights.Save(average, File);
        Assert.Equal(["norm.weight", "norm.bias"], BackboneWeights.Load(token, File).Missing);
    }

    [Theory]
    [InlineData("resnet")]
    [InlineData("vit")]
    public void A_gray_networks_file_gives_a_color_network_that_sees_gray_images_alike(string family)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        Backbone Make(int channels) => family == "resnet" ? SlimBackbones.ResNet([1, 1, 1, 1], channels) : SlimBackbones.VisionTransformer(2, channels: channels);
        using var gray = Make(1);
        using var color = Make(3);
        BackboneWeights.Save(gray, File);
        Assert.Contains("from 1 to 3 channels", Assert.Single(BackboneWeights.Load(color, File).Adapted).Description, StringComparison.Ordinal);
        gray.eval();
        color.eval();
        var image = rand(2, 1, 64, 64);
        var (expected, actual) = (gray.forward(image), color.forward(image.expand(2, 3, 64, 64)));
        Assert.InRange((expected - actual).abs().max().item<float>(), 0, 1e-4f * Math.Max(1, expected.abs().max().item<float>()));
    }

    [Fact]
    public void A_folder_whose_weights_lack_a_tensor_is_refused()
    {
        using var scope = NewDisposeScope();
        using var network = BackboneRegistry.Default.Create("vit_tiny_patch16_224", new BackboneOptions { NumClasses = 2, ImageHeight = 32, ImageWidth = 32 });
        BackboneFolder.Save(network, folder.Path);
        BackboneFolder.Load(folder.Path).Dispose();
        SafetensorsFile.Write(folder[BackboneFolder.WeightsFile], network.state_dict().Where(e => !string.Equals(e.Key, "head.bias", StringComparison.Ordinal)));
        var error = Assert.Throws<WeightMismatchException>(() => BackboneFolder.Load(folder.Path));
        Assert.Contains("missing in the file: head.bias", error.Message, StringComparison.Ordinal);
    }
}
