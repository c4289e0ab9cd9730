using Cass.Tensors;
using Cass.Tests.Models;
using Cass.Training;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training.Pretraining;

/// <summary>What a method says of its parts is held against the contract before the first step.</summary>
public sealed class WrongPartsTests
{
    [Fact]
    public void A_module_in_two_parts_is_refused()
    {
        using var method = new PlainMethod();
        method.Parts = [new("one", [method.Network]), new("two", [method.Network])];
        Refused(method, "plain method", "'one' and 'two'", "tiny_convnext", "Copy");
    }

    [Fact]
    public void A_module_twice_in_a_part_is_refused()
    {
        using var method = new PlainMethod();
        method.Parts = [new("one", [method.Network, method.Network])];
        Refused(method, "plain method", "in the part 'one'", "tiny_convnext");
    }

    [Fact]
    public void A_layer_of_a_network_that_is_a_module_of_its_own_too_is_refused()
    {
        using var method = new PlainMethod();
        var layer = method.Network.modules().First(module => module.children().Any() is false && module.parameters().Any());
        method.Parts = [new("one", [method.Network]), new("two", [layer])];
        Refused(method, "plain method", "'one' and 'two'", "parameter");
    }

    [Fact]
    public void A_network_that_is_paired_with_itself_is_refused()
    {
        using var network = TinyBackbones.Registry().Create(TinyBackbones.ResNet);
        using var method = new CassMethod(network, network);
        Refused(method, "CASS", "'cnn' and 'transformer'", "tiny_resnet", "Copy");
    }

    [Fact]
    public void A_part_with_nothing_to_train_is_refused()
    {
        using var method = new PlainMethod();
        using var plain = nn.ReLU();
        method.Parts = [new("network", [method.Network]), new("empty", [plain])];
        Refused(method, "plain method", "'empty'", "requires a gradient");

        method.Parts = [new("network", [method.Network])];
        foreach (var parameter in method.Network.parameters())
        {
            parameter.requires_grad = false;
        }

        Refused(method, "'network'", "frozen");
    }

    [Fact]
    public void A_method_that_was_disposed_is_refused_by_its_name()
    {
        using var network = TinyBackbones.Registry().Create(TinyBackbones.ResNet);
        var method = new SimSiamMethod(network, new SimSiamMethodOptions { ProjectionWidth = 32, PredictorWidth = 8 });
        using var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = 1, BatchSize = 4 }, new RunOptions { Device = "cpu", Images = { Height = 32 } });
        method.Dispose();
        var error = Assert.Throws<CassInputException>(() => pretrainer.Run(TinyTraining.Images(16).Images));
        Assert.Contains("SimSiam has nothing to train", error.Message, StringComparison.Ordinal);
        Assert.Contains("disposed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_null_image_is_named_by_its_place()
    {
        using var method = new PlainMethod();
        using var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = 1, BatchSize = 4 }, new RunOptions { Device = "cpu", Images = { Height = 32 } });
        var error = Assert.Throws<ArgumentException>(() => pretrainer.Run([.. TinyTraining.Images(8).Images, null!]));
        Assert.Contains("Image 8 is null", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_function_that_makes_no_method_does_not_train_CASS_in_its_place()
    {
        using var trainer = TinyTraining.Builder().UseMethod(_ => null!).Build();
        Assert.Contains("UseMethod", Assert.Throws<CassInputException>(() => trainer.Pretrain(TinyTraining.Images(16).Images)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_method_of_ones_own_can_ask_which_views_a_network_takes()
    {
        using var fixedSize = TinyBackbones.Registry().Create(TinyBackbones.Transformer);
        using var any = TinyBackbones.Registry().Create(TinyBackbones.ResNet);
        var side = fixedSize.Configuration.InputHeight;
        Assert.True(ImageSizes.Of(fixedSize).Take(side, side));
        Assert.False(ImageSizes.Of(fixedSize).Take(side / 2, side / 2));
        Assert.True(ImageSizes.Of(any).Take(side / 2, side / 2));
        ImageSizes.RequireViews(side, side, fixedSize, any);
        Assert.Throws<CassInputException>(() => ImageSizes.RequireViews(side / 2, side / 2, any, fixedSize));
    }

    [Fact]
    public void A_teacher_that_is_trained_is_refused()
    {
        using var method = new PlainMethod();
        method.Parts = [new("one", [method.Network]) { Teachers = [method.Network] }];
        Refused(method, "plain method", "as a teacher in the part 'one'");
    }

    [Fact]
    public void A_network_that_is_kept_but_in_no_part_is_refused_and_one_within_a_module_or_a_teacher_is_not()
    {
        using var method = new PlainMethod();
        using var head = nn.Linear(4, 4);
        method.Parts = [new("head", [head])];
        Refused(method, "plain method", "'network'", "in no part");

        method.Parts = [new("head", [head]) { Teachers = [method.Network] }];
        Accepted(method);
        using var around = nn.Sequential(("network", method.Network), ("head", head));
        method.Parts = [new("all", [around])];
        Accepted(method);
    }

    [Theory]
    [InlineData(-1, 0, "-1")]
    [InlineData(double.NaN, 0, "NaN")]
    [InlineData(1, -0.5, "-0.5")]
    [InlineData(1, double.PositiveInfinity, "Infinity")]
    public void A_negative_scale_or_decay_of_a_group_is_refused(double scale, double decay, string value)
    {
        using var method = new PlainMethod();
        method.Parts = [new("one", [method.Network]) { Groups = _ => [new([.. Named(method.Network)], decay, scale)] }];
        Refused(method, "plain method", "'one'", value, scale == 1 ? nameof(ParameterGroup.WeightDecay) : nameof(ParameterGroup.LearningRateScale));
    }

    [Fact]
    public void A_parameter_in_two_groups_or_of_another_module_is_refused()
    {
        using var method = new PlainMethod();
        method.Parts = [new("one", [method.Network]) { Groups = _ => [new([.. Named(method.Network)]), new([.. Named(method.Network).Take(1)])] }];
        Refused(method, "twice in the groups", "'one'");

        using var head = nn.Linear(4, 4);
        method.Parts = [new("one", [method.Network]) { Groups = _ => [new([.. Named(method.Network), .. Named(head)])] }];
        Refused(method, "in none of its modules", "'one'", "weight");
    }

    [Fact]
    public void A_rate_or_decay_that_a_curve_makes_negative_ends_the_run_at_its_step()
    {
        foreach (var isRate in (bool[])[true, false])
        {
            using var method = new PlainMethod();
            double Curve(TrainingStep step) => step.Step < 3 ? 0.01 : -0.25;
            method.Parts = [isRate ? new("one", [method.Network]) { LearningRate = Curve } : new("one", [method.Network]) { WeightDecay = Curve }];
            var steps = 0;
            var error = Assert.Throws<CassInputException>(() => method.Pretrain(progress: new Observer(_ => steps++)));
            Assert.Equal(3, steps);
            Assert.All(["plain method", "'one'", "-0.25", "step 3 of 8", isRate ? "TrainablePart.LearningRate" : "TrainablePart.WeightDecay"], part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_remembered_tensor_that_is_disposed_or_has_anothers_name_is_refused_before_the_first_step()
    {
        using var method = new PlainMethod();
        var gone = zeros(1);
        gone.Dispose();
        method.State = [new("centre", gone)];
        Assert.Contains("'centre'", Assert.Throws<CassInputException>(() => method.Pretrain()).Message, StringComparison.Ordinal);
        using var there = zeros(1);
        method.State = [new("centre", there), new("centre", there)];
        Assert.Contains("two tensors called 'centre'", Assert.Throws<CassInputException>(() => method.Pretrain()).Message, StringComparison.Ordinal);
    }

    private static IEnumerable<KeyValuePair<string, Parameter>> Named(nn.Module module) => module.named_parameters().Select(p => KeyValuePair.Create(p.name, p.parameter));

    private static void Accepted(ISelfSupervisedMethod method)
    {
        using var pretrainer = new Pretrainer(method, run: new RunOptions { Device = "cpu" });
        Assert.Same(method, pretrainer.Method);
    }

    private static void Refused(ISelfSupervisedMethod method, params string[] named)
    {
        var error = Assert.Throws<CassInputException>(() => new Pretrainer(method, run: new RunOptions { Device = "cpu" }));
        Assert.All(named, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }
}
