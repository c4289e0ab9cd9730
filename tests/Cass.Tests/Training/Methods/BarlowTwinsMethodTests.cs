using Cass.Metrics;
using Cass.Tests.Models;
using Cass.Training;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training.Methods;

public sealed class BarlowTwinsMethodTests
{
    [Theory]
    [InlineData(TinyBackbones.ResNet)]
    [InlineData(TinyBackbones.Transformer)]
    public void The_loss_is_the_papers_with_the_weight_of_the_options(string network)
    {
        const int Width = 6;
        using var backbone = TinyMethods.Network(network);
        using var method = new BarlowTwinsMethod(backbone, new BarlowTwinsMethodOptions { HiddenWidth = 16, EmbeddingWidth = Width, OffDiagonalWeight = 0.3 });
        using var scope = NewDisposeScope();
        var views = TinySteps.Views(method);
        using var output = method.Forward(views);
        var projector = method.Parts[0].Modules[1];
        var (x, y) = (TinySteps.Run(projector, TinySteps.Pooled(backbone, views[0])), TinySteps.Run(projector, TinySteps.Pooled(backbone, views[1])));
        var expected = 0.0;
        for (var i = 0; i < Width; i++)
        {
            for (var j = 0; j < Width; j++)
            {
                var correlation = Standard(x, i).Zip(Standard(y, j)).Average(pair => pair.First * pair.Second);
                expected += i == j ? Math.Pow(1 - correlation, 2) : 0.3 * correlation * correlation;
            }
        }

        Assert.Equal(expected, output.Loss.ToDouble(), 1e-3 * expected);
        Assert.Equal(TinySteps.Values(x), TinySteps.Values(output.Embeddings["backbone"]), (a, b) => Math.Abs(a - b) < 1e-4);

        static double[] Standard(Tensor z, int column)
        {
            double[] values = [.. TinySteps.Values(z.select(1, column)).Select(v => (double)v)];
            var mean = values.Average();
            var deviation = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)) + 1e-5);
            return [.. values.Select(v => (v - mean) / deviation)];
        }
    }

    [Fact]
    public void The_projector_is_of_the_published_layers()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        using var method = new BarlowTwinsMethod(backbone);
        var projector = method.Parts[0].Modules[1];
        Assert.Equal(["fc1.weight", "bn1.weight", "bn1.bias", "fc2.weight", "bn2.weight", "bn2.bias", "fc3.weight"], projector.named_parameters().Select(p => p.name));
        Assert.Equal([[2048L, 64], [2048L, 2048], [2048L, 2048]], projector.children().OfType<Linear>().Select(layer => layer.weight.shape));
    }

    [Fact]
    public void Views_are_BYOLs()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        using var method = new BarlowTwinsMethod(backbone, new BarlowTwinsMethodOptions { HiddenWidth = 8, MinCropScale = 0.3 });
        CropPairExpectations.AreByols(method.CreateViews(32, 48, ViewBatches.Normalization), 32, 48, minCropScale: 0.3);
    }

    [Fact]
    public void It_keeps_the_network_from_collapsing()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.Transformer, seed: 2);
        using var method = new BarlowTwinsMethod(backbone, new BarlowTwinsMethodOptions { HiddenWidth = 32, EmbeddingWidth = 8 });
        Assert.Equal(0, TinySteps.Pretrain(method, epochs: 20, learningRate: 0.03).Count(row => row.Verdict == CollapseVerdict.Collapsed));
    }

    [Theory]
    [InlineData(TinyBackbones.ResNet)]
    [InlineData(TinyBackbones.Transformer)]
    public void Biases_and_norms_learn_at_their_own_share_of_the_rate(string network)
    {
        var (alike, published) = (Movement(scale: 1), Movement(scale: null));
        Assert.Contains(alike, parameter => parameter.Value.IsVector && parameter.Value.Length > 0);
        foreach (var (name, (isVector, length)) in alike)
        {
            Assert.Equal(length * (isVector ? 0.0048 / 0.2 : 1), published[name].Length, length * 1e-2);
        }

        Dictionary<string, (bool IsVector, double Length)> Movement(double? scale)
        {
            using var backbone = TinyMethods.Network(network);
            var options = new BarlowTwinsMethodOptions { HiddenWidth = 16, EmbeddingWidth = 8 };
            options.VectorRateScale = scale ?? options.VectorRateScale;
            using var method = new BarlowTwinsMethod(backbone, options);
            using var scope = NewDisposeScope();
            var before = Parameters().ToDictionary(p => p.Key, p => p.Value.detach().to(float64), StringComparer.Ordinal);
            TinySteps.TakeOne(method, new Cass.Training.OptimizerOptions { Kind = OptimizerKind.Sgd, WeightDecay = 0 }, learningRate: 0.1);
            return Parameters().ToDictionary(p => p.Key, p => (p.Value.dim() < 2, (p.Value.detach().to(float64) - before[p.Key]).norm().ToDouble()), StringComparer.Ordinal);

            IEnumerable<KeyValuePair<string, Tensor>> Parameters() =>
                from module in method.Parts[0].Modules.Index()
                from parameter in module.Item.named_parameters()
                select KeyValuePair.Create($"{module.Index}.{parameter.name}", (Tensor)parameter.parameter);
        }
    }

    [Fact]
    public void The_weight_of_the_loss_is_that_of_the_method()
    {
        using var loss = new Cass.Losses.BarlowTwinsLoss();
        Assert.Equal(new BarlowTwinsMethodOptions().OffDiagonalWeight, loss.OffDiagonalWeight);
    }

    [Fact]
    public void Settings_are_checked_and_copied()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        var error = Assert.Throws<InvalidOptionsException>(() => new BarlowTwinsMethod(backbone, new BarlowTwinsMethodOptions { HiddenWidth = 0, OffDiagonalWeight = -1 }));
        Assert.Contains("HiddenWidth is 0", error.Message, StringComparison.Ordinal);
        Assert.Contains("OffDiagonalWeight is -1", error.Message, StringComparison.Ordinal);

        var options = new BarlowTwinsMethodOptions { HiddenWidth = 8, EmbeddingWidth = 4 };
        using var method = new BarlowTwinsMethod(backbone, options);
        options.OffDiagonalWeight = 1;
        Assert.Equal(0.0051, ((BarlowTwinsMethodOptions)method.Options).OffDiagonalWeight);
    }
}
