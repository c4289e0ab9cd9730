using Cass.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

/// <summary>What every backbone promises, on one small network of each family.</summary>
public sealed class BackboneTests
{
    public static TheoryData<string> Small => [.. TinyBackbones.Names];

    [Theory]
    [MemberData(nameof(Small))]
    public void A_pass_leaves_only_its_output(string name)
    {
        using var model = TinyBackbones.Registry().Create(name, new BackboneOptions { NumClasses = 5, DropRate = 0.1, DropPathRate = 0.1 });
        using var images = rand(2, 3, model.Configuration.InputHeight, model.Configuration.InputWidth);
        foreach (var training in new[] { false, true })
        {
            model.train(training);
            var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            using (var output = model.forward(images))
            {
                Assert.Equal([2, 5], output.shape);
                Assert.Equal(before + 1, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            }

            using (var ungraded = no_grad())
            using (var features = model.ForwardFeatures(images))
            using (var pooled = model.ForwardHead(features, preLogits: true))
            {
                Assert.Equal(before + 2, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
                Assert.Equal([2, model.NumFeatures], pooled.shape);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void Forward_is_head_after_features(string name)
    {
        using var scope = NewDisposeScope();
        using var model = TinyBackbones.Registry().Create(name);
        model.eval();
        using var ungraded = no_grad();
        var images = rand(2, 3, model.Configuration.InputHeight, model.Configuration.InputWidth);
        Assert.True(model.forward(images).equal(model.ForwardHead(model.ForwardFeatures(images))).all().item<bool>());
        Assert.True(model.ForwardPooled(images).equal(model.ForwardHead(model.ForwardFeatures(images), preLogits: true)).all().item<bool>());
    }

    [Theory]
    [InlineData("resnet18")]
    [InlineData("vit_tiny_patch16_224")]
    [InlineData("deit_tiny_distilled_patch16_224")]
    public void In_training_forward_and_its_gradients_are_those_of_head_after_features(string name)
    {
        using var scope = NewDisposeScope();
        using var model = SmallBackbones.Create(name);
        model.to(ScalarType.Float64);
        model.train();
        var images = rand(2, 3, model.Configuration.InputHeight, model.Configuration.InputWidth, float64);
        var logits = model.ForwardHead(model.ForwardFeatures(images));
        AssertClose(model.ForwardHead(model.ForwardFeatures(images), preLogits: true), model.ForwardPooled(images));
        AssertClose(logits, model.forward(images));
        logits.square().sum().backward();
        var whole = model.named_parameters().Select(p => (p.name, Gradient: p.parameter.grad!.clone())).ToArray();
        model.zero_grad();
        model.forward(images).square().sum().backward();
        foreach (var ((gradientName, expected), (_, parameter)) in whole.Zip(model.named_parameters()))
        {
            var scale = 1e-12 + expected.abs().max().item<double>();
            Assert.True((parameter.grad! - expected).abs().max().item<double>() < 1e-9 * scale, gradientName);
        }
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void Resetting_the_classifier_changes_its_size_and_keeps_type_order_and_mode(string name)
    {
        using var scope = NewDisposeScope();
        using var model = TinyBackbones.Registry().Create(name);
        var names = model.state_dict().Keys.ToArray();
        model.to(ScalarType.Float64);
        model.eval();
        foreach (var classes in new long[] { 7, 0, 3 })
        {
            model.ResetClassifier(classes);
            Assert.Equal(classes, model.NumClasses);
            var state = model.state_dict();
            foreach (var classifier in model.Configuration.Classifiers)
            {
                Assert.Equal(classes > 0, state.ContainsKey($"{classifier}.weight"));
            }

            Assert.All(model.parameters(), p => Assert.Equal(ScalarType.Float64, p.dtype));
            Assert.All(model.modules(), m => Assert.False(m.training));
            var output = model.forward(zeros([1, 3, model.Configuration.InputHeight, model.Configuration.InputWidth], ScalarType.Float64));
            Assert.Equal([1, classes == 0 ? model.NumFeatures : classes], output.shape);
        }

        Assert.Equal(names, model.state_dict().Keys.ToArray(), StringComparer.Ordinal);
        Assert.Throws<CassInputException>(() => model.ResetClassifier(-1));
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void Conversion_reaches_every_parameter_and_forward_uses_it(string name)
    {
        foreach (var type in new[] { ScalarType.BFloat16, ScalarType.Float64 })
        {
            using var scope = NewDisposeScope();
            using var model = TinyBackbones.Registry().Create(name);
            model.eval();
            var images = rand(2, 3, model.Configuration.InputHeight, model.Configuration.InputWidth);
            using var ungraded = no_grad();
            var single = model.forward(images);
            model.to(type);
            Assert.All(model.state_dict().Values, t => Assert.True(t.dtype == type || t.dtype == ScalarType.Int64));
            var converted = model.forward(images.to(type)).to(ScalarType.Float32);
            var tolerance = type == ScalarType.BFloat16 ? 0.1 : 1e-4;
            Assert.True((converted - single).abs().max().item<float>() <= tolerance * single.abs().max().item<float>());
        }
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void Dropout_and_stochastic_depth_act_in_training_only(string name)
    {
        using var scope = NewDisposeScope();
        using var model = TinyBackbones.Registry().Create(name, new BackboneOptions { DropRate = 0.3, DropPathRate = 0.3 });
        using var still = TinyBackbones.Registry().Create(name);
        DeterministicFill.Apply(model);
        DeterministicFill.Apply(still);
        Assert.Equal(still.state_dict().Keys, model.state_dict().Keys, StringComparer.Ordinal);
        var images = DeterministicFill.Images(2, 3, model.Configuration.InputHeight, model.Configuration.InputWidth);
        using var ungraded = no_grad();
        Assert.False(model.forward(images).equal(model.forward(images)).all().item<bool>());
        DeterministicFill.Apply(model);
        model.eval();
        still.eval();
        Assert.True(model.forward(images).equal(still.forward(images)).all().item<bool>());
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void Stages_partition_the_parameters_from_stem_to_head(string name)
    {
        using var model = TinyBackbones.Registry().Create(name);
        var stages = model.Stages;
        Assert.Equal(model.named_parameters().Select(p => p.name).Order(StringComparer.Ordinal), stages.SelectMany(s => s.ParameterNames).Order(StringComparer.Ordinal));
        Assert.Equal("stem", stages[0].Name);
        Assert.Equal("head", stages[^1].Name);
        Assert.Contains($"{model.Configuration.FirstConvolution}.weight", stages[0].ParameterNames, StringComparer.Ordinal);
        foreach (var classifier in model.Configuration.Classifiers)
        {
            Assert.Contains($"{classifier}.weight", stages[^1].ParameterNames, StringComparer.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void Images_of_another_shape_are_refused_with_both_shapes(string name)
    {
        using var scope = NewDisposeScope();
        using var model = TinyBackbones.Registry().Create(name, new BackboneOptions { ImageHeight = 64, ImageWidth = 64 });
        Assert.Contains("[batch, 3, height, width]", Assert.Throws<ArgumentException>(() => model.forward(zeros(1, 1, 64, 64))).Message, StringComparison.Ordinal);
        Assert.Contains("[3, 64, 64]", Assert.Throws<ArgumentException>(() => model.forward(zeros(3, 64, 64))).Message, StringComparison.Ordinal);
        if (model.Configuration.FixedInputSize)
        {
            Assert.Contains("17x64", Assert.Throws<ArgumentException>(() => model.forward(zeros(1, 3, 17, 64))).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Small))]
    public void One_seed_gives_one_initialisation(string name)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(5);
        using var first = TinyBackbones.Registry().Create(name);
        random.manual_seed(5);
        using var second = TinyBackbones.Registry().Create(name);
        Assert.All(first.state_dict().Zip(second.state_dict()), pair => Assert.True(pair.First.Value.equal(pair.Second.Value).all().item<bool>()));
    }

    /// <summary>But for the rounding of another order of sums.</summary>
    private static void AssertClose(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange((expected - actual).abs().max().item<double>(), 0, 1e-12 * Math.Max(1, expected.abs().max().item<double>()));
    }
}
