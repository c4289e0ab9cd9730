using Cass.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

/// <summary>torchvision's own weight files (Torchvision/make_torchvision_files.py) give torchvision's own outputs.</summary>
public sealed class TorchvisionWeightsTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Models", "Torchvision");

    [Theory]
    [InlineData("vit")]
    [InlineData("convnext")]
    [InlineData("swin")]
    public void A_file_of_torchvision_gives_torchvisions_output(string family)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        using var expected = PyTorchFile.Open(Path.Combine(Folder, $"{family}_output.pth"));
        var images = expected.Read("images");
        using var backbone = Create(family, (int)images.size(2));
        var report = BackboneWeights.Load(backbone, Path.Combine(Folder, $"{family}.pth"));
        Assert.Empty(report.Missing);
        Assert.Empty(report.Unexpected);
        Assert.Empty(report.Dropped);
        backbone.eval();
        var difference = (backbone.forward(images) - expected.Read("output")).abs().max().item<float>();
        Assert.InRange(difference, 0, 2e-5f);
    }

    [Fact]
    public void Names_of_torchvisions_first_release_of_the_vision_transformer_are_known_too()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using (var file = PyTorchFile.Open(Path.Combine(Folder, "vit.pth")))
        {
            SafetensorsFile.Write(folder["old"], [.. file.Names.Select(name => KeyValuePair.Create(
                name.Replace(".mlp.0.", ".mlp.linear_1.", StringComparison.Ordinal).Replace(".mlp.3.", ".mlp.linear_2.", StringComparison.Ordinal), file.Read(name)))]);
        }

        using var backbone = Create("vit", 48);
        Assert.True(BackboneWeights.Load(backbone, folder["old"]).IsExact);
    }

    private static Backbone Create(string family, int size)
    {
        BackboneConfiguration Configuration(string firstConvolution, string classifier) =>
            new(size, size, 3, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5], 0.9, "bicubic", firstConvolution, [classifier]);
        var options = new BackboneOptions { NumClasses = 5 };
        return family switch
        {
            "vit" => new VisionTransformer("small", new(PatchSize: 16, Width: 32, Depth: 2, Heads: 2), Configuration("patch_embed.proj", "head"), options),
            "convnext" => new ConvNeXt("small", new([1, 2, 1, 1], [8, 16, 24, 32]) { UnbiasedNorm = false }, Configuration("stem.0", "head.fc"), options),
            _ => new SwinTransformer("small", new(PatchSize: 4, WindowSize: 2, Width: 8, [2, 2, 1, 1], [1, 2, 2, 4]), Configuration("patch_embed.proj", "head"), options),
        };
    }
}
