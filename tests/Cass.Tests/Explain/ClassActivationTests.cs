using Cass.Explain;
using Cass.Models;
using Cass.Tests.Models;
using Cass.TorchVision;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Explain;

/// <summary>Grad-CAM and HiResCAM beside finite differences of the networks' heads.</summary>
public sealed class ClassActivationTests
{
    /// <summary>A head that is linear, one with a layer norm after pooling, and one of maxima.</summary>
    [Theory]
    [InlineData(TinyBackbones.ResNet, null)]
    [InlineData(TinyBackbones.ConvNeXt, null)]
    [InlineData(TinyBackbones.ResNet, GlobalPooling.AverageMaximum)]
    public void Weights_are_those_of_finite_differences(string name, GlobalPooling? pooling)
    {
        using var scope = NewDisposeScope();
        using var network = ExplainedNetwork.Create(name, ScalarType.Float64, 96, 64, pooling);
        var image = ExplainedNetwork.Image(ScalarType.Float64, 96, 64);
        const int Class = 3;
        var features = network.ForwardFeatures(image).detach();
        var (channels, height, width) = ((int)features.size(1), (int)features.size(2), (int)features.size(3));
        Assert.Equal((3, 2), (height, width));
        var slopes = new double[channels, height, width];
        foreach (var (c, y, x) in Places(channels, height, width))
        {
            slopes[c, y, x] = (LogitWith(c, y, x, 1e-5) - LogitWith(c, y, x, -1e-5)) / 2e-5;
        }

        var values = features.flatten().data<double>().ToArray();
        var (gradCam, hiResCam) = (new double[height, width], new double[height, width]);
        foreach (var (c, y, x) in Places(channels, height, width))
        {
            var value = values[(((c * height) + y) * width) + x];
            var mean = Places(1, height, width).Average(place => slopes[c, place.Y, place.X]);
            gradCam[y, x] += mean * value;
            hiResCam[y, x] += slopes[c, y, x] * value;
        }

        AssertClose(gradCam, NetworkRelevance.Of(network, image, Class, ExplanationMethod.GradCam).Map);
        AssertClose(hiResCam, NetworkRelevance.Of(network, image, Class, ExplanationMethod.HiResCam).Map);

        double LogitWith(int channel, int row, int column, double change)
        {
            using var step = NewDisposeScope();
            using var ungraded = no_grad();
            var altered = features.clone();
            altered[0, channel, row, column] += change;
            return network.ForwardHead(altered)[0, Class].item<double>();
        }
    }

    [Theory]
    [InlineData(TinyBackbones.ResNet)]
    [InlineData("tiny_resnet_d")]
    [InlineData("tiny_resnext")]
    public void After_an_average_and_one_linear_layer_both_are_the_same(string name)
    {
        using var scope = NewDisposeScope();
        using var network = ExplainedNetwork.Create(name, height: 96, width: 128);
        foreach (var target in Enumerable.Range(0, ExplainedNetwork.Classes))
        {
            var (grad, high) = Both(network, ExplainedNetwork.Image(height: 96, width: 128), target);
            Assert.Equal((3, 4), (grad.Height, grad.Width));
            var largest = grad.Values.ToArray().Max(Math.Abs);
            Assert.True(largest > 0);
            Assert.All(grad.Values.ToArray().Zip(high.Values.ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-5 * largest));
        }
    }

    [Fact]
    public void After_maxima_they_differ()
    {
        using var scope = NewDisposeScope();
        using var network = ExplainedNetwork.Create(TinyBackbones.ResNet, height: 96, width: 96, pooling: GlobalPooling.Maximum);
        var (grad, high) = Both(network, ExplainedNetwork.Image(height: 96, width: 96), 0);
        Assert.NotEqual(grad.Values.ToArray(), high.Values.ToArray());
    }

    /// <summary>Hidden layers after the map, branches, and a sequence with a dropout.</summary>
    [Theory]
    [InlineData("torchvision_mobilenet_v3_small")]
    [InlineData("torchvision_googlenet")]
    [InlineData("torchvision_mobilenet_v2")]
    public void TorchVisions_networks_give_their_last_feature_map(string name)
    {
        using var scope = NewDisposeScope();
        using var network = new BackboneRegistry().RegisterTorchVision().Create(name, new BackboneOptions { NumClasses = 3 });
        network.eval();
        var image = rand(1, 3, 64, 96);
        foreach (var method in new[] { ExplanationMethod.GradCam, ExplanationMethod.HiResCam })
        {
            var map = NetworkRelevance.Of(network, image, 1, method).Map;
            Assert.Equal((2, 3), (map.Height, map.Width));
        }
    }

    private static (RelevanceMap Grad, RelevanceMap High) Both(Backbone network, Tensor image, int target) => (
        NetworkRelevance.Of(network, image, target, ExplanationMethod.GradCam).Map,
        NetworkRelevance.Of(network, image, target, ExplanationMethod.HiResCam).Map);

    private static IEnumerable<(int C, int Y, int X)> Places(int channels, int height, int width) =>
        from c in Enumerable.Range(0, channels) from y in Enumerable.Range(0, height) from x in Enumerable.Range(0, width) select (c, y, x);

    private static void AssertClose(double[,] expected, RelevanceMap actual)
    {
        var largest = expected.Cast<double>().Max(Math.Abs);
        Assert.True(largest > 0);
        foreach (var (_, y, x) in Places(1, actual.Height, actual.Width))
        {
            Assert.Equal(expected[y, x], actual[y, x], 1e-5 * largest);
        }
    }
}
