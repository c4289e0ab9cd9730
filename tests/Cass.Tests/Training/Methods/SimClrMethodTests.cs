using Cass.Data;
using Cass.Losses;
using Cass.Metrics;
using Cass.Tests.Models;
using Cass.Training;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training.Methods;

public sealed class SimClrMethodTests
{
    private const int Batch = 4;

    [Theory]
    [InlineData(TinyBackbones.ResNet)]
    [InlineData(TinyBackbones.Transformer)]
    public void The_loss_is_the_papers_over_all_pairs_of_a_batch_that_goes_through_the_network_together(string network)
    {
        using var backbone = TinyMethods.Network(network);
        using var method = new SimClrMethod(backbone, new SimClrMethodOptions { HiddenWidth = 32, ProjectionWidth = 16, Temperature = 0.3 });
        using var scope = NewDisposeScope();
        var views = TinySteps.Views(method, Batch);
        using var output = method.Forward(views);
        var z = TinySteps.Run(method.Parts[0].Modules[1], TinySteps.Pooled(backbone, cat(views)));
        double Similarity(int i, int j) => (z[i] * z[j]).sum().ToDouble() / (z[i].norm().ToDouble() * z[j].norm().ToDouble());
        var terms = Enumerable.Range(0, 2 * Batch).Select(i =>
            -Math.Log(Math.Exp(Similarity(i, (i + Batch) % (2 * Batch)) / 0.3) / Enumerable.Range(0, 2 * Batch).Where(k => k != i).Sum(k => Math.Exp(Similarity(i, k) / 0.3))));
        Assert.Equal(terms.Average(), output.Loss.ToDouble(), 1e-4);
        Assert.Equal(TinySteps.Values(z.narrow(0, 0, Batch)).Select(v => (double)v), TinySteps.Values(output.Embeddings["backbone"]).Select(v => (double)v), (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public void The_projector_is_of_the_published_layers_and_its_last_offset_stays_zero()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        using var method = new SimClrMethod(backbone);
        var projector = method.Parts[0].Modules[1];
        Assert.Equal(["fc1.weight", "bn1.weight", "bn1.bias", "fc2.weight", "bn2.weight"], projector.named_parameters().Where(p => p.parameter.requires_grad).Select(p => p.name));
        Assert.Equal([[2048L, 64], [128L, 2048]], projector.children().OfType<Linear>().Select(layer => layer.weight.shape));
        Assert.All(TinySteps.Values(((BatchNorm1d)projector.children().Last()).bias!), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(1.0, 0.8, 0.2)]
    [InlineData(0.5, 0.4, 0.1)]
    public void Views_are_alike_and_jittered_by_the_strength(double strength, double brightness, double hue)
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        using var method = new SimClrMethod(backbone, new SimClrMethodOptions { HiddenWidth = 8, JitterStrength = strength });
        var views = method.CreateViews(32, 32, ViewBatches.Normalization);
        Assert.Equal(2, views.Count);
        Assert.All(views, view => Assert.Equal((0.5, (0.08, 1.0)), (TinySteps.BlurProbability(view), TinySteps.Crop(view).Scale)));
        Assert.All(views.Select(TinySteps.Jitter), jitter => Assert.Equal((brightness, brightness, brightness, hue), (jitter.Brightness, jitter.Contrast, jitter.Saturation, jitter.Hue)));
    }

    [Fact]
    public void Without_negatives_the_network_collapses_and_the_history_says_so()
    {
        var (with, without) = (Collapsed(negatives: true), Collapsed(negatives: false));
        Assert.True(without >= 5, $"{without} of 30 epochs were judged to be collapsed.");
        Assert.True(with <= 1, $"{with} of 30 epochs were judged to be collapsed.");

        static int Collapsed(bool negatives)
        {
            using var backbone = TinyMethods.Network(TinyBackbones.Transformer, seed: 2);
            using var method = new SimClrMethod(backbone, new SimClrMethodOptions { HiddenWidth = 32, ProjectionWidth = 4 }, negatives ? null : new NormalizedL2SimilarityLoss());
            return TinySteps.Pretrain(method, epochs: 30, learningRate: 0.03).Count(row => row.Verdict == CollapseVerdict.Collapsed);
        }
    }

    [Fact]
    public void Settings_are_checked_and_copied()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        var error = Assert.Throws<InvalidOptionsException>(() => new SimClrMethod(backbone, new SimClrMethodOptions { Temperature = 0 }));
        Assert.Contains("Temperature is 0", error.Message, StringComparison.Ordinal);

        var options = new SimClrMethodOptions { HiddenWidth = 8 };
        using var method = new SimClrMethod(backbone, options);
        options.Temperature = 3;
        Assert.Equal(0.5, ((SimClrMethodOptions)method.Options).Temperature);
    }
}
