using Cass.Data;
using Cass.Losses;
using Cass.Metrics;
using Cass.Models;
using Cass.Tests.Models;
using Cass.Training;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training.Methods;

public sealed class DinoMethodTests
{
    private static DinoMethodOptions Small => new() { LocalCrops = 2, OutputDimensions = 24, HiddenWidth = 16, BottleneckWidth = 8 };

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void The_loss_and_the_centre_are_those_worked_out_from_the_modules(int localCrops)
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ConvNeXt);
        var options = Small;
        (options.LocalCrops, options.TeacherTemperature, options.StudentTemperature) = (localCrops, 0.06, 0.2);
        using var method = new DinoMethod(backbone, options);
        using var scope = NewDisposeScope();
        var center = Teacher<DinoLoss>(method).Center;
        using (no_grad())
        {
            // A teacher and a centre that are no longer those of the beginning.
            Assert.All(backbone.parameters(), p => p.mul_(0.9));
            center.copy_(linspace(-0.5, 0.5, 24).unsqueeze(0));
        }

        var before = center.clone();
        method.BeforeStep(TinySteps.At(0));
        var views = TinySteps.Views(method, size: 64);
        Assert.Equal([64, 64, .. Enumerable.Repeat(32, localCrops)], views.Select(view => (int)view.shape[2]));
        using var output = method.Forward(views);

        var q = views.Take(2).Select(view => Output(Teacher<DinoHead>(method), TinySteps.Pooled(backbone, view))).ToList();
        var p = views.Select(view => Output(Head(method), TinySteps.Pooled(Student(method), view))).ToList();
        var (sum, divergence, pairs) = (0.0, 0.0, 0);
        for (var i = 0; i < 2; i++)
        {
            for (var j = 0; j < views.Length; j++)
            {
                if (i != j)
                {
                    var (taught, learnt) = (((q[i] - before) / 0.06).softmax(-1), (p[j] / 0.2).log_softmax(-1));
                    sum -= (taught * learnt).sum(-1).mean().ToDouble();
                    divergence += (taught * (taught.log() - learnt)).sum(-1).mean().ToDouble();
                    pairs++;
                }
            }
        }

        Assert.Equal(sum / pairs, output.Loss.ToDouble(), 1e-4);
        Assert.Equal(divergence / pairs, output.JudgedLoss!.ToDouble(), 1e-4);
        Assert.False(output.JudgedLoss!.requires_grad);
        Assert.True(center.allclose((before * 0.9) + (cat([q[0], q[1]]).mean([0], keepdim: true) * 0.1), rtol: 1e-4, atol: 1e-6));

        var probabilities = q.Select(o => ((o - before) / 0.06).softmax(-1)).ToList();
        Assert.Equal(probabilities.Average(r => -(r * r.log()).sum(-1).mean().ToDouble()), output.Figures["teacher entropy"].ToDouble(), 1e-4);
        Assert.True(output.Embeddings["backbone"].allclose(probabilities[0].matmul(Rows(Teacher<DinoHead>(method))), rtol: 1e-3, atol: 1e-5));
    }

    [Fact]
    public void Crops_of_one_size_go_through_batch_norms_together_and_the_teacher_keeps_statistics_of_the_large_ones()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        var options = Small;
        options.LocalCropSize = 16;
        using var method = new DinoMethod(backbone, options);
        using var scope = NewDisposeScope();
        method.BeforeStep(TinySteps.At(0));
        var views = TinySteps.Views(method);
        Assert.Equal([32, 32, 16, 16], views.Select(view => (int)view.shape[3]));

        // The first convolution's output, of the large crops and then of the small ones, moves the running mean by a tenth each.
        var (large, small) = (Mean(cat([views[0], views[1]])), Mean(cat([views[2], views[3]])));
        using var output = method.Forward(views);
        method.AfterStep(TinySteps.At(0));
        Assert.True(Running(backbone).allclose(large * 0.1, rtol: 1e-3, atol: 1e-6));
        Assert.True(Running(Student(method)).allclose((large * 0.09) + (small * 0.1), rtol: 1e-3, atol: 1e-6));

        Tensor Mean(Tensor images) => ((nn.Module<Tensor, Tensor>)backbone.named_children().First(child => child.name == "conv1").module).forward(images).detach().mean([0, 2, 3]);
        static Tensor Running(Backbone network) => network.named_buffers().First(buffer => buffer.name == "bn1.running_mean").buffer;
    }

    [Theory]
    [InlineData(0, 0.996)]
    [InlineData(5, 0.998)]
    [InlineData(9, 0.99990211303259)]
    public void The_callers_network_is_the_teacher_and_follows_the_student(long step, double momentum)
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        using var method = new DinoMethod(backbone, Small);
        Assert.Same(backbone, method.Backbones["backbone"]);
        Assert.Same(backbone, method.Parts[0].Teachers[0]);
        Assert.Equal(TinyTraining.Weights(backbone).Values.SelectMany(v => v), TinyTraining.Weights(Student(method)).Values.SelectMany(v => v));
        Assert.Equal(TinyTraining.Weights(Teacher<DinoHead>(method)).Values.SelectMany(v => v), TinyTraining.Weights(Head(method)).Values.SelectMany(v => v));
        foreach (var (student, teacher) in new[] { (Student(method).parameters().First(), backbone.parameters().First()), (Head(method).parameters().First(), Teacher<DinoHead>(method).parameters().First()) })
        {
            using var guard = no_grad();
            student.fill_(2);
            teacher.fill_(1);
        }

        method.AfterStep(TinySteps.At(step));
        Assert.All(TinySteps.Values(backbone.parameters().First()), value => Assert.Equal(momentum + (2 * (1 - momentum)), value, 1e-6));
        Assert.All(TinySteps.Values(Teacher<DinoHead>(method).parameters().First()), value => Assert.Equal(momentum + (2 * (1 - momentum)), value, 1e-6));
    }

    [Theory]
    [InlineData(30, 1, 0.04)]
    [InlineData(30, 16, 0.05551724137931034)]
    [InlineData(30, 30, 0.07)]
    [InlineData(30, 31, 0.07)]
    [InlineData(1, 1, 0.04)]
    [InlineData(1, 2, 0.07)]
    [InlineData(0, 1, 0.07)]
    public void The_teachers_temperature_rises_in_a_line_over_the_epochs_of_its_warm_up(int epochs, int epoch, double expected)
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ConvNeXt);
        var options = Small;
        (options.WarmupTeacherTemperatureEpochs, options.TeacherTemperature) = (epochs, 0.07);
        using var method = new DinoMethod(backbone, options);
        method.BeforeStep(TinySteps.At(0, epoch, epochs: 100));
        Assert.Equal(expected, Teacher<DinoLoss>(method).TeacherTemperature, 1e-12);
    }

    [Theory]
    [InlineData(0, 0.04)]
    [InlineData(5, 0.22)]
    [InlineData(9, 0.39119017293312763)]
    public void The_weight_decay_rises_by_a_cosine(long step, double expected)
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ConvNeXt);
        using var method = new DinoMethod(backbone, Small);
        Assert.Equal(expected, method.Parts[0].WeightDecay!(TinySteps.At(step)), 1e-12);
    }

    [Fact]
    public void Biases_and_vectors_do_not_decay_and_all_else_does()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.Transformer);
        var options = Small;
        options.LocalCrops = 0;
        using var method = new DinoMethod(backbone, options);
        var groups = method.Parts[0].Groups!(1);
        Assert.Equal([1.0, 0.0], groups.Select(group => group.WeightDecay));
        var decaying = groups[0].Parameters.Select(p => p.Key).ToHashSet(StringComparer.Ordinal);
        Assert.Superset(new HashSet<string>(StringComparer.Ordinal) { "0.cls_token", "0.pos_embed", "0.patch_embed.proj.weight", "1.mlp.0.weight", "1.last_layer.weight_v" }, decaying);
        Assert.DoesNotContain(decaying, name => name.EndsWith(".bias", StringComparison.Ordinal) || name.Contains("norm", StringComparison.Ordinal));
        Assert.DoesNotContain("1.last_layer.weight_g", groups.SelectMany(group => group.Parameters).Select(p => p.Key));
        Assert.Equal(
            Student(method).parameters().Concat(Head(method).parameters()).Count(p => p.requires_grad),
            groups.Sum(group => group.Parameters.Count));
    }

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(1, 2, false)]
    [InlineData(3, 3, true)]
    [InlineData(3, 4, false)]
    [InlineData(0, 1, false)]
    public void The_last_layer_is_frozen_in_the_first_epochs(int frozenEpochs, int epoch, bool frozen)
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ConvNeXt);
        var options = Small;
        (options.FreezeLastLayerEpochs, options.NormalizeLastLayer) = (frozenEpochs, false);
        using var method = new DinoMethod(backbone, options);
        using var scope = NewDisposeScope();
        using var output = method.Forward(TinySteps.Views(method));
        output.Loss.backward();
        method.AfterBackward(TinySteps.At(0, epoch, epochs: 9));
        foreach (var (name, parameter) in Head(method).named_parameters())
        {
            Assert.Equal((name, frozen && name.StartsWith("last_layer", StringComparison.Ordinal)), (name, parameter.grad is null));
        }
    }

    [Fact]
    public void Each_parameters_gradient_is_clipped_by_itself()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ConvNeXt);
        using var method = new DinoMethod(backbone, Small);
        using var scope = NewDisposeScope();
        Tensor[] parameters = [.. Student(method).parameters().Take(3)];
        double[] norms = [30, 3.5, 2];
        foreach (var (parameter, norm) in parameters.Zip(norms))
        {
            parameter.grad = full_like(parameter, norm / Math.Sqrt(parameter.numel()));
        }

        method.AfterBackward(TinySteps.At(0, epoch: 2, epochs: 2));
        Assert.Equal([3.0, 3.0, 2.0], parameters.Select(p => Math.Round(p.grad!.norm().ToDouble(), 4)));
    }

    [Fact]
    public void The_head_begins_as_published()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ConvNeXt);
        using var method = new DinoMethod(backbone, new DinoMethodOptions { LocalCrops = 0 });
        using var scope = NewDisposeScope();
        var weights = Head(method).state_dict();
        Assert.Equal(
            ["last_layer.weight_g", "last_layer.weight_v", "mlp.0.bias", "mlp.0.weight", "mlp.2.bias", "mlp.2.weight", "mlp.4.bias", "mlp.4.weight"],
            weights.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([2048, 16], weights["mlp.0.weight"].shape);
        Assert.Equal([2048, 2048], weights["mlp.2.weight"].shape);
        Assert.Equal([256, 2048], weights["mlp.4.weight"].shape);
        Assert.Equal([4096, 256], weights["last_layer.weight_v"].shape);
        Assert.Equal(0.02, weights["mlp.2.weight"].std().ToDouble(), 1e-4);
        Assert.Equal(0, weights["mlp.2.weight"].mean().ToDouble(), 1e-4);
        Assert.All(weights.Where(w => w.Key.EndsWith("bias", StringComparison.Ordinal)), w => Assert.Equal(0, w.Value.abs().max().ToDouble()));
        Assert.Equal((0, 1), (weights["last_layer.weight_g"].sub(1).abs().max().ToDouble(), weights["last_layer.weight_g"].shape[1]));
        Assert.InRange(weights["last_layer.weight_v"].abs().max().ToDouble(), 0.0624, 0.0625);
        Assert.False(Head(method).named_parameters().Single(p => p.name == "last_layer.weight_g").parameter.requires_grad);
    }

    [Fact]
    public void Dropout_and_stochastic_depth_leave_the_teacher_alone()
    {
        random.manual_seed(1);
        using var backbone = TinyBackbones.Registry().Create(TinyBackbones.Transformer, new BackboneOptions { DropRate = 0.4, DropPathRate = 0.4 });
        var options = Small;
        (options.LocalCrops, options.CenterMomentum, options.TeacherTemperature) = (0, 1, 1);
        using var method = new DinoMethod(backbone, options);
        foreach (var module in method.Parts[0].Modules.Concat(method.Parts[0].Teachers))
        {
            module.train();
        }

        method.BeforeStep(TinySteps.At(0));
        using var scope = NewDisposeScope();
        var views = TinySteps.Views(method);
        using var first = method.Forward(views);
        using var second = method.Forward(views);
        Assert.Equal(TinySteps.Values(first.Embeddings["backbone"]), TinySteps.Values(second.Embeddings["backbone"]));
        Assert.NotEqual(first.Loss.ToDouble(), second.Loss.ToDouble());
    }

    [Theory]
    [InlineData(TinyBackbones.ConvNeXt, 224, 224, null, 96, 96)]
    [InlineData(TinyBackbones.ConvNeXt, 448, 224, null, 192, 96)]
    [InlineData(TinyBackbones.ConvNeXt, 32, 64, null, 32, 32)]
    [InlineData(TinyBackbones.ConvNeXt, 224, 224, 64, 64, 64)]
    [InlineData(TinyBackbones.Transformer, 224, 224, null, 96, 96)]
    [InlineData(TinyBackbones.Transformer, 32, 96, null, 16, 40)]
    public void Small_crops_are_in_proportion_to_the_images(string network, int height, int width, int? asked, int localHeight, int localWidth)
    {
        using var backbone = TinyMethods.Network(network);
        var options = Small;
        options.LocalCropSize = asked;
        using var method = new DinoMethod(backbone, options);
        var views = method.CreateViews(height, width, ViewBatches.Normalization);
        Assert.Equal([(height, width), (height, width), (localHeight, localWidth), (localHeight, localWidth)], views.Select(view => (view.OutputHeight, view.OutputWidth)));
        Assert.Equal([(0.4, 1.0), (0.4, 1.0), (0.05, 0.4), (0.05, 0.4)], views.Select(view => TinySteps.Crop(view).Scale));
        Assert.Equal([1.0, 0.1, 0.5, 0.5], views.Select(TinySteps.BlurProbability));
        Assert.All(views, view => Assert.Equal(Interpolation.Bicubic, TinySteps.Crop(view).Interpolation));
    }

    [Fact]
    public void A_network_for_one_size_of_images_is_refused_small_crops_with_the_remedy()
    {
        using var backbone = TinyBackbones.Registry().Create(TinyBackbones.Transformer, new BackboneOptions());
        var error = Assert.Throws<CassInputException>(() => new DinoMethod(backbone, Small));
        Assert.Contains("16x16", error.Message, StringComparison.Ordinal);
        Assert.Contains("32x32", error.Message, StringComparison.Ordinal);
        Assert.Contains("DynamicImageSize", error.Message, StringComparison.Ordinal);
        Assert.Contains("LocalCrops to 0", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_centre_the_network_collapses_and_the_history_says_so()
    {
        var with = History(centerMomentum: 0.9);
        Assert.DoesNotContain(with, row => row.Verdict == CollapseVerdict.Collapsed);
        var without = History(centerMomentum: 1);
        Assert.Equal(CollapseVerdict.Collapsed, without[^1].Verdict);
        Assert.True(without[^1].Figures["teacher entropy"] < 0.1 * with[^1].Figures["teacher entropy"]);

        static IReadOnlyList<PretrainingEpoch> History(double centerMomentum)
        {
            using var backbone = TinyMethods.Network(TinyBackbones.Transformer);
            using var method = new DinoMethod(backbone, new DinoMethodOptions
            {
                LocalCrops = 2,
                LocalCropSize = 32,
                OutputDimensions = 64,
                HiddenWidth = 32,
                BottleneckWidth = 64,
                TeacherMomentum = 0.99,
                CenterMomentum = centerMomentum,
            });
            var options = new PretrainingOptions { Epochs = 30 };
            (options.LearningRate.Rate, options.LearningRate.Schedule) = (5e-4, ScheduleKind.Constant);
            using var pretrainer = new Pretrainer(method, options, new RunOptions { Device = "cpu" }, NullLogger.Instance);
            return pretrainer.Run(new ViewBatches(method.CreateViews(32, 32, ViewBatches.Normalization), batches: 1, batchSize: 16)).History;
        }
    }

    [Fact]
    public void Settings_are_checked_and_copied()
    {
        using var backbone = TinyMethods.Network(TinyBackbones.ConvNeXt);
        var error = Assert.Throws<InvalidOptionsException>(() => new DinoMethod(backbone, new DinoMethodOptions { TeacherTemperature = 0, MinLocalScale = 0.5 }));
        Assert.Contains("TeacherTemperature is 0", error.Message, StringComparison.Ordinal);
        Assert.Contains("MinLocalScale is 0.5, above MaxLocalScale, which is 0.4", error.Message, StringComparison.Ordinal);

        var options = Small;
        using var method = new DinoMethod(backbone, options);
        options.WeightDecay = 0.9;
        Assert.Equal(0.04, method.Parts[0].WeightDecay!(TinySteps.At(0)), 1e-12);
    }

    private static Backbone Student(DinoMethod method) => (Backbone)method.Parts[0].Modules[0];

    private static DinoHead Head(DinoMethod method) => (DinoHead)method.Parts[0].Modules[1];

    private static T Teacher<T>(DinoMethod method) => Assert.Single(method.Parts[0].Teachers.OfType<T>());

    /// <summary>The head worked out from its weights: three layers, length 1, and rows of length 1.</summary>
    private static Tensor Output(DinoHead head, Tensor features)
    {
        var weights = head.state_dict();
        var x = features;
        foreach (var layer in (string[])["0", "2", "4"])
        {
            x = x.matmul(weights[$"mlp.{layer}.weight"].t()) + weights[$"mlp.{layer}.bias"];
            x = layer == "4" ? x : x * (1 + (x / Math.Sqrt(2)).erf()) / 2;
        }

        x = x / x.square().sum(1, keepdim: true).sqrt();
        return x.matmul(Rows(head).t()).detach();
    }

    private static Tensor Rows(DinoHead head)
    {
        var v = head.state_dict()["last_layer.weight_v"];
        return (v / v.square().sum(1, keepdim: true).sqrt()).detach();
    }
}
