using Cass.Data;
using Cass.Tests.Models;
using Cass.Training;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training.Methods;

public sealed class ByolMethodTests
{
    private static ByolMethodOptions Small => new() { HiddenWidth = 32, ProjectionWidth = 16 };

    [Theory]
    [InlineData(TinyBackbones.ResNet)]
    [InlineData(TinyBackbones.Transformer)]
    public void The_loss_is_that_of_both_directions_worked_out_from_the_modules(string network)
    {
        using var backbone = TinyMethods.Network(network);
        using var method = new ByolMethod(backbone, Small);
        using var scope = NewDisposeScope();

        // A target that is no longer the online network.
        using (no_grad())
        {
            Assert.All(method.Parts[0].Teachers.SelectMany(t => t.parameters()), p => p.mul_(0.9));
        }

        var views = TinySteps.Views(method);
        using var output = method.Forward(views);
        var (projector, predictor) = (method.Parts[0].Modules[1], method.Parts[0].Modules[2]);
        var (target, targetProjector) = ((Backbone)method.Parts[0].Teachers[0], method.Parts[0].Teachers[1]);
        Tensor Predicted(int view) => TinySteps.Run(predictor, TinySteps.Run(projector, TinySteps.Pooled(backbone, views[view])));
        Tensor Targeted(int view) => TinySteps.Run(targetProjector, TinySteps.Pooled(target, views[view]));
        var expected = 4 - (2 * TinySteps.Cosine(Predicted(0), Targeted(1))) - (2 * TinySteps.Cosine(Predicted(1), Targeted(0)));
        Assert.Equal(expected, output.Loss.ToDouble(), 1e-4);
    }

    [Theory]
    [InlineData(0, 0.996)]
    [InlineData(5, 0.998)]
    [InlineData(9, 0.99990211303259)]
    public void The_target_follows_with_a_momentum_that_rises_to_one(long step, double momentum)
    {
        using var backbone = TinyMethods.Network(TinyBackbones.Transformer);
        using var method = new ByolMethod(backbone, Small);
        foreach (var (online, target) in new[] { (backbone, method.Parts[0].Teachers[0]), (method.Parts[0].Modules[1], method.Parts[0].Teachers[1]) })
        {
            var (student, teacher) = (online.parameters().First(), target.parameters().First());
            using (no_grad())
            {
                student.fill_(2);
                teacher.fill_(1);
            }
        }

        method.AfterStep(TinySteps.At(step));
        foreach (var target in method.Parts[0].Teachers)
        {
            Assert.All(TinySteps.Values(target.parameters().First()), value => Assert.Equal(momentum + (2 * (1 - momentum)), value, 1e-6));
        }
    }

    [Fact]
    public void Heads_are_of_the_published_layers()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        using var method = new ByolMethod(backbone);
        foreach (var (head, inputs) in new[] { (method.Parts[0].Modules[1], 64L), (method.Parts[0].Modules[2], 256L) })
        {
            Assert.Equal(["fc1.weight", "fc1.bias", "bn1.weight", "bn1.bias", "fc2.weight"], head.named_parameters().Select(p => p.name));
            Assert.Equal([4096, inputs], ((Linear)head.children().First()).weight.shape);
            Assert.Equal([256L, 4096], ((Linear)head.children().Last()).weight.shape);
        }
    }

    [Fact]
    public void Views_differ_in_blur_and_solarisation()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        using var method = new ByolMethod(backbone, Small);
        var views = method.CreateViews(32, 48, ViewBatches.Normalization);
        Assert.Equal([1.0, 0.1], views.Select(TinySteps.BlurProbability));
        Assert.Empty(views[0].Transforms.OfType<RandomSolarize>());
        Assert.Single(views[1].Transforms.OfType<RandomSolarize>());
        Assert.All(views, view => Assert.Equal((32, 48, (0.08, 1.0), Interpolation.Bicubic), (view.OutputHeight, view.OutputWidth, TinySteps.Crop(view).Scale, TinySteps.Crop(view).Interpolation)));
        Assert.All(views.Select(TinySteps.Jitter), jitter => Assert.Equal((0.4, 0.4, 0.2, 0.1), (jitter.Brightness, jitter.Contrast, jitter.Saturation, jitter.Hue)));
    }

    [Fact]
    public void Settings_are_checked_and_copied()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        var error = Assert.Throws<InvalidOptionsException>(() => new ByolMethod(backbone, new ByolMethodOptions { TargetMomentum = 1.5, MinCropScale = 0 }));
        Assert.Contains("TargetMomentum is 1.5", error.Message, StringComparison.Ordinal);
        Assert.Contains("MinCropScale is 0", error.Message, StringComparison.Ordinal);

        var options = Small;
        using var method = new ByolMethod(backbone, options);
        options.MinCropScale = 0.9;
        Assert.Equal(0.08, ((ByolMethodOptions)method.Options).MinCropScale);
    }
}
