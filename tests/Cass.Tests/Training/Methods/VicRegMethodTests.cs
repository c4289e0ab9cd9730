using Cass.Metrics;
using Cass.Tests.Models;
using Cass.Training;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training.Methods;

public sealed class VicRegMethodTests
{
    [Theory]
    [InlineData(TinyBackbones.ResNet)]
    [InlineData(TinyBackbones.Transformer)]
    public void The_loss_is_the_papers_with_the_weights_of_the_options(string network)
    {
        using var backbone = TinyMethods.Network(network);
        using var method = new VicRegMethod(backbone, new VicRegMethodOptions { HiddenWidth = 16, EmbeddingWidth = 6, InvarianceWeight = 3, VarianceWeight = 5, CovarianceWeight = 7 });
        using var scope = NewDisposeScope();
        var views = TinySteps.Views(method);
        using var output = method.Forward(views);
        var expander = method.Parts[0].Modules[1];
        var (x, y) = (TinySteps.Run(expander, TinySteps.Pooled(backbone, views[0])), TinySteps.Run(expander, TinySteps.Pooled(backbone, views[1])));
        var expected = (3 * (x - y).square().mean().ToDouble()) + (5 * (Variance(x) + Variance(y)) / 2) + (7 * (Covariance(x) + Covariance(y)));
        Assert.Equal(expected, output.Loss.ToDouble(), 1e-4 * expected);
        var judged = cat([x, full(4, 1, 0.2 * Math.Sqrt(6))], 1);
        Assert.Equal(TinySteps.Values(judged), TinySteps.Values(output.Embeddings["backbone"]), (a, b) => Math.Abs(a - b) < 1e-4);

        static double Variance(Tensor z) => Enumerable.Range(0, 6).Average(j => Math.Max(0, 1 - Math.Sqrt(CovarianceOf(z, j, j) + 1e-4)));
        static double Covariance(Tensor z) => (from i in Enumerable.Range(0, 6) from j in Enumerable.Range(0, 6) where i != j select Math.Pow(CovarianceOf(z, i, j), 2)).Sum() / 6;
        static double CovarianceOf(Tensor z, int i, int j)
        {
            double[] a = [.. TinySteps.Values(z.select(1, i)).Select(v => (double)v)];
            double[] b = [.. TinySteps.Values(z.select(1, j)).Select(v => (double)v)];
            return a.Zip(b).Sum(pair => (pair.First - a.Average()) * (pair.Second - b.Average())) / (a.Length - 1);
        }
    }

    [Fact]
    public void The_expander_is_of_the_published_layers()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        using var method = new VicRegMethod(backbone);
        var expander = method.Parts[0].Modules[1];
        Assert.Equal(
            ["fc1.weight", "fc1.bias", "bn1.weight", "bn1.bias", "fc2.weight", "fc2.bias", "bn2.weight", "bn2.bias", "fc3.weight"],
            expander.named_parameters().Select(p => p.name));
        Assert.Equal([[2048L, 64], [2048L, 2048], [2048L, 2048]], expander.children().OfType<Linear>().Select(layer => layer.weight.shape));
    }

    [Fact]
    public void Views_are_BYOLs()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        using var method = new VicRegMethod(backbone, new VicRegMethodOptions { HiddenWidth = 8, MinCropScale = 0.3 });
        CropPairExpectations.AreByols(method.CreateViews(32, 48, ViewBatches.Normalization), 32, 48, minCropScale: 0.3);
    }

    [Fact]
    public void Without_variance_and_covariance_the_network_collapses_and_the_history_says_so()
    {
        var (with, without) = (Collapsed(25, 1), Collapsed(0, 0));
        Assert.True(without >= 5, $"{without} of 20 epochs were judged to be collapsed.");
        Assert.True(with == 0, $"{with} of 20 epochs were judged to be collapsed.");

        static int Collapsed(double variance, double covariance)
        {
            using var backbone = TinyMethods.Network(TinyBackbones.Transformer, seed: 3);
            using var method = new VicRegMethod(backbone, new VicRegMethodOptions { HiddenWidth = 8, EmbeddingWidth = 8, VarianceWeight = variance, CovarianceWeight = covariance });
            return TinySteps.Pretrain(method, epochs: 20, learningRate: 0.1).Count(row => row.Verdict == CollapseVerdict.Collapsed);
        }
    }

    [Fact]
    public void Weights_that_leave_nothing_of_the_loss_are_refused()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        var error = Assert.Throws<InvalidOptionsException>(() => new VicRegMethod(backbone, new VicRegMethodOptions { InvarianceWeight = 0, VarianceWeight = 0, CovarianceWeight = 0 }));
        Assert.Contains("InvarianceWeight, VarianceWeight and CovarianceWeight are all 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_are_checked_and_copied()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        var error = Assert.Throws<InvalidOptionsException>(() => new VicRegMethod(backbone, new VicRegMethodOptions { EmbeddingWidth = 1, VarianceWeight = -1 }));
        Assert.Contains("EmbeddingWidth is 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("VarianceWeight is -1", error.Message, StringComparison.Ordinal);

        var options = new VicRegMethodOptions { HiddenWidth = 8, EmbeddingWidth = 4 };
        using var method = new VicRegMethod(backbone, options);
        options.VarianceWeight = 0;
        Assert.Equal(25, ((VicRegMethodOptions)method.Options).VarianceWeight);
    }
}
