using Cass.Models;
using Cass.Onnx;
using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Onnx;

/// <summary>Exported networks in an ML.NET pipeline.</summary>
public sealed class ApplyOnnxModelTests
{
    private const int Side = 64;

    [Theory]
    [InlineData("resnet18")]
    [InlineData("vit_tiny_patch16_224")]
    public void ML_NET_computes_the_same_logits(string name)
    {
        manual_seed(4);
        using var scope = NewDisposeScope();
        using var guard = inference_mode();
        using var network = BackboneRegistry.Default.Create(name, new BackboneOptions { ImageHeight = Side, ImageWidth = Side, NumClasses = 3 });
        OnnxOutputs.Disturb(network);
        network.eval();
        var folder = Directory.CreateTempSubdirectory("cass-onnx-test-").FullName;
        try
        {
            var path = Path.Combine(folder, "model.onnx");
            OnnxExport.Save(network, path);
            var images = randn(2, 3, Side, Side);
            var context = new MLContext(seed: 1);
            var rows = context.Data.LoadFromEnumerable(Enumerable.Range(0, 2).Select(i => new Row { Images = images[i].contiguous().data<float>().ToArray() }));
            var shapes = new Dictionary<string, int[]>(StringComparer.Ordinal) { ["images"] = [1, 3, Side, Side] };
            var pipeline = context.Transforms.ApplyOnnxModel(["logits"], ["images"], path, shapes, gpuDeviceId: null, fallbackToCpu: false, recursionLimit: 100);
            var scored = pipeline.Fit(rows).Transform(rows);

            var found = tensor(scored.GetColumn<float[]>("logits").SelectMany(row => row).ToArray()).view(2, 3);
            var expected = network.forward(images);
            Assert.InRange(found.sub(expected).abs().max().item<float>() / expected.abs().max().item<float>(), 0, 1e-4);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed class Row
    {
        [ColumnName("images")]
        [VectorType(3 * Side * Side)]
        public float[] Images { get; init; } = [];
    }
}
