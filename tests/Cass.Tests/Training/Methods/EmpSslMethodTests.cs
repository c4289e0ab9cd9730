using Cass.Data;
using Cass.Metrics;
using Cass.Tests.Models;
using Cass.Training;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training.Methods;

public sealed class EmpSslMethodTests
{
    [Theory]
    [InlineData(TinyBackbones.ResNet)]
    [InlineData(TinyBackbones.Transformer)]
    public void The_loss_is_the_papers_over_crops_that_go_through_the_network_together(string network)
    {
        const int Crops = 3, Batch = 4, Width = 6;
        using var backbone = TinyMethods.Network(network);
        using var method = new EmpSslMethod(backbone, new EmpSslMethodOptions { Crops = Crops, HiddenWidth = 16, ProjectionWidth = Width, InvarianceWeight = 7, SquaredError = 0.4 });
        using var scope = NewDisposeScope();
        var views = TinySteps.Views(method, Batch);
        using var output = method.Forward(views);
        var projected = TinySteps.Run(method.Parts[0].Modules[1], TinySteps.Pooled(backbone, cat(views))).to(ScalarType.Float64);
        Tensor[] z = [.. (projected / projected.norm(1, keepdim: true)).chunk(Crops)];
        var mean = (z[0] + z[1] + z[2]) / 3;

        // ½·log det(I + d/(b·ε²)·ZᵀZ) is half the sum of log(1 + d/(b·ε²)·σ²) over the singular values of Z.
        var rate = z.Average(crop => (1 + (linalg.svdvals(crop).square() * Width / (Batch * 0.4))).log().sum().ToDouble() / 2);
        var similarity = z.Average(crop => TinySteps.Cosine(crop, mean));
        Assert.Equal(-rate - (7 * similarity), output.Loss.ToDouble(), 1e-3);
        Assert.Equal(rate, output.Figures["coding rate"].ToDouble(), 1e-3);
        Assert.Equal(similarity, output.Figures["similarity"].ToDouble(), 1e-4);
        Assert.Equal(TinySteps.Values(z[0].to(ScalarType.Float32)), TinySteps.Values(output.Embeddings["backbone"]), (a, b) => Math.Abs(a - b) < 1e-3);
    }

    [Fact]
    public void The_projector_is_of_the_published_layers()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        using var method = new EmpSslMethod(backbone);
        var projector = method.Parts[0].Modules[1];
        Assert.Equal(
            ["fc1.weight", "fc1.bias", "bn1.weight", "bn1.bias", "fc2.weight", "fc2.bias", "bn2.weight", "bn2.bias", "fc3.weight", "fc3.bias"],
            projector.named_parameters().Select(p => p.name));
        Assert.Equal([[4096L, 64], [4096L, 4096], [1024L, 4096]], projector.children().OfType<Linear>().Select(layer => layer.weight.shape));
    }

    [Fact]
    public void Crops_are_alike_of_a_fixed_share_and_of_the_size_of_a_full_view()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        using var method = new EmpSslMethod(backbone, new EmpSslMethodOptions { HiddenWidth = 8 });
        var views = method.CreateViews(32, 48, ViewBatches.Normalization);
        Assert.Equal(20, views.Count);
        Assert.All(views, view =>
        {
            var (crop, jitter) = (TinySteps.Crop(view), TinySteps.Jitter(view));
            Assert.Equal((32, 48), (view.OutputHeight, view.OutputWidth));
            Assert.Equal(((0.25, 0.25), (1.5, 1.5)), (crop.Scale, crop.Ratio));
            Assert.Equal((0.4, 0.4, 0.4, 0.2), (jitter.Brightness, jitter.Contrast, jitter.Saturation, jitter.Hue));
            Assert.Equal(0.1, TinySteps.BlurProbability(view));
            Assert.Single(view.Transforms.OfType<RandomGrayscale>(), gray => gray.Probability == 0.2);
            Assert.Single(view.Transforms.OfType<RandomSolarize>(), solarize => solarize is { Probability: 0.1, Threshold: 128 });
            Assert.Single(view.Transforms.OfType<RandomHorizontalFlip>(), flip => flip.Probability == 0.5);
        });
    }

    [Fact]
    public void The_coding_rate_keeps_the_network_from_collapsing_and_the_history_shows_both_terms()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.Transformer, seed: 2);
        using var method = new EmpSslMethod(backbone, new EmpSslMethodOptions { Crops = 4, HiddenWidth = 64 });
        var history = TinySteps.Pretrain(method, epochs: 10, learningRate: 0.003);
        Assert.All(history, row => Assert.Equal(row.Loss, -row.Figures["coding rate"] - (200 * row.Figures["similarity"]), 1e-2));
        Assert.All(history, row => Assert.Equal(CollapseVerdict.Healthy, row.Verdict));
    }

    [Theory]
    [InlineData(null, 0.001)]
    [InlineData(0.005, 0.005)]
    public void Its_optimiser_trusts_as_much_as_the_options_say(double? trust, double expected)
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        using var method = new EmpSslMethod(backbone, new EmpSslMethodOptions { Crops = 2, HiddenWidth = 16, ProjectionWidth = 8 });
        using var scope = NewDisposeScope();
        var weight = backbone.named_parameters().Single(p => p.name == "conv1.weight").parameter;
        var before = weight.detach().clone();
        var optimizer = new Cass.Training.OptimizerOptions { Kind = OptimizerKind.Lars, WeightDecay = 0 };
        optimizer.TrustCoefficient = trust ?? optimizer.TrustCoefficient;
        TinySteps.TakeOne(method, optimizer, learningRate: 0.3);

        // The first step of LARS is along the gradient, of the length rate · η · ‖w‖ (You et al. 2017, algorithm 1).
        Assert.Equal(0.3 * expected, ((weight - before).norm() / before.norm()).ToDouble(), expected * 1e-2);
    }

    [Fact]
    public void Settings_are_checked_and_copied()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        var error = Assert.Throws<InvalidOptionsException>(() => new EmpSslMethod(backbone, new EmpSslMethodOptions { Crops = 1, SquaredError = 0 }));
        Assert.Contains("Crops is 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("SquaredError is 0", error.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOptionsException>(() => new EmpSslMethod(backbone, new EmpSslMethodOptions { Crops = 201 }));

        var options = new EmpSslMethodOptions { Crops = 2, HiddenWidth = 8, ProjectionWidth = 4 };
        using var method = new EmpSslMethod(backbone, options);
        options.Crops = 5;
        Assert.Equal(2, method.CreateViews(32, 32, ViewBatches.Normalization).Count);
    }
}
