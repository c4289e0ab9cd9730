using Cass.Data;
using Cass.Metrics;
using Cass.Tests.Models;
using Cass.Training;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training.Methods;

public sealed class SimSiamMethodTests
{
    [Theory]
    [InlineData(TinyBackbones.ResNet, true)]
    [InlineData(TinyBackbones.Transformer, true)]
    [InlineData(TinyBackbones.Transformer, false)]
    public void The_loss_is_the_mean_of_both_directions_and_its_gradient_stops_where_it_is_to(string network, bool stopGradient)
    {
        using var backbone = TinyMethods.Network(network);
        using var method = new SimSiamMethod(backbone, new SimSiamMethodOptions { ProjectionWidth = 32, PredictorWidth = 8, StopGradient = stopGradient });
        using var scope = NewDisposeScope();
        var views = TinySteps.Views(method);
        using var output = method.Forward(views);
        var (projector, predictor) = (method.Parts[0].Modules[1], method.Parts[1].Modules[0]);
        Tensor[] z = [.. views.Select(view => TinySteps.Run(projector, TinySteps.Pooled(backbone, view)))];
        Tensor[] p = [.. z.Select(projection => TinySteps.Run(predictor, projection))];
        Assert.Equal(-(TinySteps.Cosine(p[0], z[1]) + TinySteps.Cosine(p[1], z[0])) / 2, output.Loss.ToDouble(), 1e-5);

        // Without the predictor's way, the loss reaches the network only where nothing stops its gradient.
        using (no_grad())
        {
            Assert.All(predictor.parameters().Take(1), weight => weight.zero_());
        }

        using var second = method.Forward(views);
        second.Loss.backward();
        Assert.Equal(stopGradient, backbone.parameters().All(parameter => parameter.grad is not { } gradient || gradient.abs().max().ToDouble() == 0));
    }

    [Fact]
    public void The_predictor_learns_at_the_highest_rate_throughout()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.Transformer);
        using var method = new SimSiamMethod(backbone, new SimSiamMethodOptions { ProjectionWidth = 16, PredictorWidth = 4 });
        Assert.Null(method.Parts[0].LearningRate);
        foreach (var step in (long[])[0, 5, 9])
        {
            Assert.Equal(1e-3, method.Parts[1].LearningRate!(TinySteps.At(step)));
        }

        var options = new PretrainingOptions { Epochs = 3, BatchSize = 8 };
        options.LearningRate.WarmupFraction = 0;
        using var pretrainer = new Pretrainer(method, options, new RunOptions { Device = "cpu" });
        var history = pretrainer.Run(TinyTraining.Images(8).Images, cancellationToken: TestContext.Current.CancellationToken).History;
        Assert.All(history, row => Assert.Equal(1e-3, row.LearningRates["predictor"]));
        Assert.True(history[2].LearningRates["backbone"] < history[1].LearningRates["backbone"]);

        using var scheduled = new SimSiamMethod(backbone, new SimSiamMethodOptions { ProjectionWidth = 16, PredictorWidth = 4, ConstantPredictorRate = false });
        Assert.All(scheduled.Parts, part => Assert.Null(part.LearningRate));
    }

    [Fact]
    public void Heads_are_of_the_published_layers()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        using var method = new SimSiamMethod(backbone);
        var (projector, predictor) = (method.Parts[0].Modules[1], method.Parts[1].Modules[0]);
        Assert.Equal(["fc1.weight", "bn1.weight", "bn1.bias", "fc2.weight", "bn2.weight", "bn2.bias", "fc3.weight"], projector.named_parameters().Select(p => p.name));
        Assert.Equal([[2048L, 64], [2048L, 2048], [2048L, 2048]], projector.children().OfType<Linear>().Select(layer => layer.weight.shape));
        Assert.IsType<BatchNorm1d>(projector.children().Last());
        Assert.Equal(["fc1.weight", "bn1.weight", "bn1.bias", "fc2.weight", "fc2.bias"], predictor.named_parameters().Select(p => p.name));
        Assert.Equal([[512L, 2048], [2048L, 512]], predictor.children().OfType<Linear>().Select(layer => layer.weight.shape));
    }

    [Fact]
    public void Views_are_alike()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        using var method = new SimSiamMethod(backbone, new SimSiamMethodOptions { ProjectionWidth = 8, PredictorWidth = 2 });
        var views = method.CreateViews(32, 32, ViewBatches.Normalization);
        Assert.Equal(2, views.Count);
        Assert.All(views, view => Assert.Equal((0.5, (0.2, 1.0), Interpolation.Bilinear), (TinySteps.BlurProbability(view), TinySteps.Crop(view).Scale, TinySteps.Crop(view).Interpolation)));
        Assert.All(views.Select(TinySteps.Jitter), jitter => Assert.Equal((0.4, 0.4, 0.4, 0.1), (jitter.Brightness, jitter.Contrast, jitter.Saturation, jitter.Hue)));
    }

    [Fact]
    public void Without_the_stopped_gradient_the_network_collapses_and_the_history_says_so()
    {
        var (with, without) = (Collapsed(stopGradient: true), Collapsed(stopGradient: false));
        Assert.True(without >= 5, $"{without} of 30 epochs were judged to be collapsed.");
        Assert.True(with <= 1, $"{with} of 30 epochs were judged to be collapsed.");

        static int Collapsed(bool stopGradient)
        {
            using var backbone = TinyMethods.Network(TinyBackbones.Transformer, seed: 1);
            using var method = new SimSiamMethod(backbone, new SimSiamMethodOptions { ProjectionWidth = 8, PredictorWidth = 8, StopGradient = stopGradient });
            return TinySteps.Pretrain(method, epochs: 30, learningRate: 0.03).Count(row => row.Verdict == CollapseVerdict.Collapsed);
        }
    }

    [Fact]
    public void Settings_are_checked_and_copied()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        var error = Assert.Throws<InvalidOptionsException>(() => new SimSiamMethod(backbone, new SimSiamMethodOptions { PredictorWidth = 0 }));
        Assert.Contains("PredictorWidth is 0", error.Message, StringComparison.Ordinal);

        var options = new SimSiamMethodOptions { ProjectionWidth = 8, PredictorWidth = 2 };
        using var method = new SimSiamMethod(backbone, options);
        options.StopGradient = false;
        Assert.True(((SimSiamMethodOptions)method.Options).StopGradient);
    }
}
