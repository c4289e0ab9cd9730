using Cass.Models;
using Cass.Onnx;
using Cass.Tests.Order;
using Microsoft.ML.OnnxRuntime;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Onnx;

/// <summary>Registered networks, computed by ONNX Runtime, which has nothing in common with libtorch.</summary>
public sealed class OnnxNetworkTests
{
    /// <summary>One of each form of each family.</summary>
    [Theory]
    [InlineData("resnet18")]
    [InlineData("resnet50d")]
    [InlineData("resnext50_32x4d")]
    [InlineData("convnext_tiny")]
    [InlineData("convnext_tiny_hnf")]
    [InlineData("vit_tiny_patch16_224")]
    [InlineData("deit_tiny_distilled_patch16_224")]
    [InlineData("swin_tiny_patch4_window7_224")]
    public void A_network_of_each_form_has_the_same_outputs(string name) => Compare(name);

    [Theory]
    [Trait("Category", LongTests.Category)]
    [MemberData(nameof(All))]
    public void Every_registered_network_has_the_same_outputs(string name)
    {
        Assert.SkipUnless(LongTests.AreWanted, "Set CASS_LONG_TESTS to export every network.");
        Compare(name);
    }

    public static TheoryData<string> All() => [.. BackboneRegistry.Default.Names];

    private static void Compare(string name)
    {
        manual_seed(3);
        var configuration = BackboneRegistry.Default.Configuration(name);

        // A transformer is built for a size: small ones where the windows of Swin allow it.
        var side = configuration.FixedInputSize && !name.StartsWith("swin", StringComparison.Ordinal) ? 64 : configuration.InputHeight;
        using var network = BackboneRegistry.Default.Create(name, new BackboneOptions { ImageHeight = side, ImageWidth = side, NumClasses = 7 });
        OnnxOutputs.Disturb(network);
        using var folder = new TemporaryFile();
        OnnxExport.Save(network, folder.Path);
        using var session = new InferenceSession(folder.Path);
        long[][] shapes = configuration.FixedInputSize
            ? [[1, 3, side, side], [3, 3, side, side], [16, 3, side, side]]
            : [[1, 3, 64, 64], [3, 3, 64, 96], [16, 3, 96, 64]];
        foreach (var shape in shapes.Take(name.StartsWith("swin", StringComparison.Ordinal) ? 2 : 3))
        {
            Assert.InRange(OnnxOutputs.Difference(network, session, shape), 0, 1e-4);
        }
    }

    private sealed class TemporaryFile : IDisposable
    {
        private readonly string folder = Directory.CreateTempSubdirectory("cass-onnx-test-").FullName;

        public string Path => System.IO.Path.Combine(folder, "model.onnx");

        public void Dispose() => Directory.Delete(folder, recursive: true);
    }
}
