using Cass.Models;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Onnx;

/// <summary>The ImageNet weights of a NuGet package against ONNX Runtime on the package's own file.</summary>
public sealed class NuGetWeightsTests
{
    [Fact]
    public void Features_are_those_that_ONNX_Runtime_computes_of_the_packages_file()
    {
        using var backbone = BackboneRegistry.Default.Create("resnet20", new BackboneOptions { NumClasses = 0 });
        var report = BackboneWeights.Load(backbone, NuGetWeights.ResNet20);
        Assert.True(report.IsComplete, report.ToString());
        Assert.Equal(WeightOrigin.Trained, backbone.WeightOrigin);

        using var scope = NewDisposeScope();
        using var guard = inference_mode();
        backbone.eval();
        manual_seed(5);
        var rgb = rand(1, 3, 224, 224);
        var mean = tensor(backbone.Configuration.Mean.ToArray(), dtype: ScalarType.Float32).view(1, 3, 1, 1);
        var std = tensor(backbone.Configuration.Std.ToArray(), dtype: ScalarType.Float32).view(1, 3, 1, 1);
        var features = backbone.ForwardPooled(rgb.sub(mean).div(std));

        // Blue, green, red, from 0 to 255, less ImageNet's means.
        var theirs = rgb.sub(mean).Times(255).flip(1).contiguous();
        using var session = new InferenceSession(Path.Combine(AppContext.BaseDirectory, "DnnImageModels", "ResNet18Onnx", "ResNet18.onnx"));
        using var results = session.Run([NamedOnnxValue.CreateFromTensor(session.InputMetadata.Keys.Single(), new DenseTensor<float>(theirs.data<float>().ToArray(), [1, 3, 224, 224]))]);
        var expected = tensor(results[0].AsEnumerable<float>().ToArray()).view(1, 512);
        Assert.InRange(features.sub(expected).abs().max().item<float>() / expected.abs().max().item<float>(), 0, 1e-4);
    }

    [Fact]
    public void Other_packages_are_refused_by_name()
    {
        using var backbone = BackboneRegistry.Default.Create("resnet20");
        var error = Assert.Throws<CassInputException>(() => BackboneWeights.Load(backbone, "nuget:Some.Package"));
        Assert.Contains("'nuget:Some.Package' is not known", error.Message, StringComparison.Ordinal);
        using var other = BackboneRegistry.Default.Create("resnet18");
        Assert.Throws<WeightMismatchException>(() => BackboneWeights.Load(other, NuGetWeights.ResNet20));
    }
}
