using Cass.Tests.Models;
using Cass.Training;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training.Methods;

public sealed class MocoV3MethodTests
{
    private static MocoV3MethodOptions Small => new() { HiddenWidth = 32, ProjectionWidth = 16 };

    [Theory]
    [InlineData(TinyBackbones.ResNet, null, 1.0)]
    [InlineData(TinyBackbones.Transformer, null, 0.2)]
    [InlineData(TinyBackbones.Transformer, 0.7, 0.7)]
    public void The_loss_is_that_of_both_directions_worked_out_from_the_modules(string network, double? asked, double temperature)
    {
        using var backbone = TinyMethods.Network(network);
        var options = Small;
        options.Temperature = asked;
        using var method = new MocoV3Method(backbone, options);
        using var scope = NewDisposeScope();

        // A momentum encoder that is no longer the base encoder.
        using (no_grad())
        {
            Assert.All(method.Parts[0].Teachers.SelectMany(t => t.parameters()), p => p.mul_(0.9));
        }

        var views = TinySteps.Views(method);
        using var output = method.Forward(views);
        var (projector, predictor) = (method.Parts[0].Modules[1], method.Parts[0].Modules[2]);
        var (encoder, encoderProjector) = ((Backbone)method.Parts[0].Teachers[0], method.Parts[0].Teachers[1]);
        double Direction(int query, int key)
        {
            var q = TinySteps.Run(predictor, TinySteps.Run(projector, TinySteps.Pooled(backbone, views[query])));
            var k = TinySteps.Run(encoderProjector, TinySteps.Pooled(encoder, views[key]));
            double Similarity(int i, int j) => (q[i] * k[j]).sum().ToDouble() / (q[i].norm().ToDouble() * k[j].norm().ToDouble());
            return TinySteps.CrossEntropyAt([.. Enumerable.Range(0, 4).Select(i => Enumerable.Range(0, 4).Select(j => Similarity(i, j) / temperature).ToArray())], i => i);
        }

        Assert.Equal(2 * temperature * (Direction(0, 1) + Direction(1, 0)), output.Loss.ToDouble(), 1e-4);
    }

    [Theory]
    [InlineData(0, 0.99024471741852)]
    [InlineData(4, 0.995)]
    [InlineData(9, 1.0)]
    public void The_momentum_encoder_follows_by_the_momentum_of_the_step_that_it_is_for(long step, double momentum)
    {
        using var backbone = TinyMethods.Network(TinyBackbones.Transformer);
        using var method = new MocoV3Method(backbone, Small);
        var (student, teacher) = (backbone.parameters().First(), method.Parts[0].Teachers[0].parameters().First());
        using (no_grad())
        {
            student.fill_(2);
            teacher.fill_(1);
        }

        method.AfterStep(TinySteps.At(step));
        Assert.All(TinySteps.Values(teacher), value => Assert.Equal(momentum + (2 * (1 - momentum)), value, 1e-6));
    }

    [Theory]
    [InlineData(TinyBackbones.Transformer, true, "patch_embed.proj")]
    [InlineData(TinyBackbones.Transformer, false, null)]
    [InlineData(TinyBackbones.ResNet, true, null)]
    public void A_transformers_patch_projection_stays_as_it_was_where_it_is_frozen(string network, bool freeze, string? frozen)
    {
        using var backbone = TinyMethods.Network(network);
        var options = Small;
        options.FreezePatchProjection = freeze;
        using var method = new MocoV3Method(backbone, options);
        var before = TinyTraining.Weights(backbone);
        TinySteps.Pretrain(method, epochs: 2, learningRate: 1e-3);
        var after = TinyTraining.Weights(backbone);
        foreach (var (name, parameter) in backbone.named_parameters())
        {
            // The classifier of the backbone takes no part.
            var stays = name.StartsWith("head.", StringComparison.Ordinal) || name.StartsWith("fc.", StringComparison.Ordinal) || (frozen is not null && name.StartsWith(frozen, StringComparison.Ordinal));
            Assert.Equal((name, stays), (name, before[name].SequenceEqual(after[name])));
            Assert.True(parameter.requires_grad);
        }
    }

    [Theory]
    [InlineData(TinyBackbones.Transformer, 3, 0.08)]
    [InlineData(TinyBackbones.ResNet, 2, 0.2)]
    public void Heads_and_views_are_the_published_ones_for_the_kind_of_network(string network, int layers, double minCropScale)
    {
        using var backbone = TinyMethods.Network(network);
        using var method = new MocoV3Method(backbone);
        var (projector, predictor) = (method.Parts[0].Modules[1], method.Parts[0].Modules[2]);
        foreach (var (head, depth) in new[] { (projector, layers), (predictor, 2) })
        {
            var linear = head.children().OfType<Linear>().ToList();
            Assert.Equal(depth, linear.Count);
            Assert.All(linear, layer => Assert.Null(layer.bias));
            Assert.All(linear.SkipLast(1), layer => Assert.Equal(4096, layer.weight.shape[0]));
            Assert.Equal(256, linear[^1].weight.shape[0]);
            Assert.Null(Assert.IsType<BatchNorm1d>(head.children().Last()).weight);
        }

        var views = method.CreateViews(32, 32, ViewBatches.Normalization);
        Assert.Equal([1.0, 0.1], views.Select(TinySteps.BlurProbability));
        Assert.All(views, view => Assert.Equal((minCropScale, 1.0), TinySteps.Crop(view).Scale));
    }

    [Fact]
    public void Settings_are_checked_and_copied()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        var error = Assert.Throws<InvalidOptionsException>(() => new MocoV3Method(backbone, new MocoV3MethodOptions { Temperature = -1, ProjectorLayers = 0 }));
        Assert.Contains("Temperature is -1", error.Message, StringComparison.Ordinal);
        Assert.Contains("ProjectorLayers is 0", error.Message, StringComparison.Ordinal);

        var options = Small;
        using var method = new MocoV3Method(backbone, options);
        options.Temperature = 3;
        Assert.Null(((MocoV3MethodOptions)method.Options).Temperature);
    }
}
