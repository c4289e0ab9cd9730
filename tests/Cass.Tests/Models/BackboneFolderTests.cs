using System.Diagnostics;
using System.Text.Json;
using Cass.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

public sealed class BackboneFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Small => [.. SmallBackbones.Names];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Small))]
    public void A_saved_backbone_comes_back_as_it_was(string name)
    {
        using var scope = NewDisposeScope();
        using var saved = SmallBackbones.Create(name, new BackboneOptions { NumClasses = 3, InputChannels = 1, ImageHeight = name.StartsWith("swin", StringComparison.Ordinal) ? 224 : 64, ImageWidth = name.StartsWith("swin", StringComparison.Ordinal) ? 448 : 96 });
        BackboneFolder.Save(saved, folder.Path, labels: ["a", "b", "ü"], mean: [0.1857], std: [0.2018]);
        using var loaded = BackboneFolder.Load(folder.Path);
        Assert.Equal(name, loaded.ModelName);
        Assert.False(loaded.training);
        Assert.Equal([0.1857], loaded.Configuration.Mean);
        Assert.Equal([0.2018], loaded.Configuration.Std);
        Assert.Equal(["a", "b", "ü"], BackboneFolder.Labels(folder.Path));
        saved.eval();
        using var ungraded = no_grad();
        var images = rand(1, 1, saved.Configuration.InputHeight, saved.Configuration.InputWidth);
        Assert.True(saved.forward(images).equal(loaded.forward(images)).all().item<bool>());
    }

    [Theory]
    [InlineData("resnet18", GlobalPooling.ConcatenatedAverageMaximum)]
    [InlineData("vit_tiny_patch16_224", GlobalPooling.Average)]
    [InlineData("convnext_tiny_hnf", GlobalPooling.Maximum)]
    public void Pooling_is_kept(string name, GlobalPooling pooling)
    {
        using var scope = NewDisposeScope();
        using var saved = SmallBackbones.Create(name, new BackboneOptions { GlobalPooling = pooling, NumClasses = 0 });
        BackboneFolder.Save(saved, folder.Path);
        using var loaded = BackboneFolder.Load(folder.Path);
        saved.eval();
        using var ungraded = no_grad();
        var images = rand(1, 3, 64, 64);
        Assert.True(saved.forward(images).equal(loaded.forward(images)).all().item<bool>());
    }

    [Fact]
    public void An_independent_reader_in_Python_reads_what_is_written()
    {
        using var scope = NewDisposeScope();
        using var model = SmallBackbones.Create("vit_tiny_patch16_224", new BackboneOptions { NumClasses = 2 });
        model.to(ScalarType.BFloat16);
        BackboneFolder.Save(model, folder.Path, labels: ["ja", "nein"]);
        using var found = Python();
        var root = found.RootElement;
        Assert.Equal("vit_tiny_patch16_224", root.GetProperty("config").GetProperty("architecture").GetString());
        Assert.Equal("nein", root.GetProperty("config").GetProperty("label_names")[1].GetString());
        Assert.Equal(2, root.GetProperty("config").GetProperty("num_classes").GetInt32());
        Assert.Equal(64, root.GetProperty("config").GetProperty("model_args").GetProperty("img_size")[0].GetInt32());
        Assert.Equal("head", root.GetProperty("config").GetProperty("pretrained_cfg").GetProperty("classifier").GetString());
        Assert.Equal("pt", root.GetProperty("metadata").GetProperty("format").GetString());
        var state = model.state_dict();
        Assert.Equal(state.Keys.ToArray(), root.GetProperty("tensors").EnumerateObject().Select(p => p.Name).ToArray(), StringComparer.Ordinal);
        foreach (var property in root.GetProperty("tensors").EnumerateObject())
        {
            var tensor = state[property.Name].to(ScalarType.Float64);
            Assert.Equal("BF16", property.Value.GetProperty("type").GetString());
            Assert.Equal(tensor.shape, property.Value.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64()).ToArray());
            Assert.Equal(tensor.sum().item<double>(), property.Value.GetProperty("sum").GetDouble(), 1e-6);
            Assert.Equal(tensor.flatten()[0].item<double>(), property.Value.GetProperty("first").GetDouble());
            Assert.Equal(tensor.flatten()[-1].item<double>(), property.Value.GetProperty("last").GetDouble());
        }
    }

    [Theory]
    [InlineData("{", "not valid JSON")]
    [InlineData("[]", "no valid")]
    [InlineData("""{"num_classes":2}""", "'architecture'")]
    [InlineData("""{"architecture":"resnet5000"}""", "no backbone named 'resnet5000'")]
    [InlineData("""{"architecture":"resnet18","model_args":{"stem_type":"deep"}}""", "'stem_type'")]
    [InlineData("""{"architecture":"resnet18","pretrained_cfg":{"mean":"x"}}""", "'mean'")]
    [InlineData("""{"architecture":"resnet18"}""", "has no model.safetensors")]
    public void A_damaged_configuration_is_refused(string json, string problem)
    {
        File.WriteAllText(folder["config.json"], json);
        Assert.Contains(problem, Assert.ThrowsAny<CassInputException>(() => BackboneFolder.Load(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_a_configuration_and_too_few_labels_are_refused()
    {
        Assert.Contains("config.json", Assert.Throws<CassInputException>(() => BackboneFolder.Load(folder.Path)).Message, StringComparison.Ordinal);
        using var model = SmallBackbones.Create("resnet18", new BackboneOptions { NumClasses = 3 });
        Assert.Throws<ArgumentException>(() => BackboneFolder.Save(model, folder.Path, labels: ["a"]));
    }

    private JsonDocument Python()
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Models", "read_saved_backbone.py");
        try
        {
            using var process = Process.Start(new ProcessStartInfo("python3", [script, folder.Path]) { RedirectStandardOutput = true, UseShellExecute = false })!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
            return JsonDocument.Parse(output);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("python3 is not here.");
            throw;
        }
    }
}
