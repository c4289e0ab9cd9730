using Cass.Models;
using Cass.Onnx;
using Cass.TorchVision;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.TorchVision;

/// <summary>What every backbone promises, on a network of each form that is built in no time.</summary>
public sealed class TorchVisionBackboneTests : IDisposable
{
    /// <summary>With a hidden layer, squeeze and excitation; with branches; with a dropout in its sequence.</summary>
    private static readonly string[] Smallest = ["torchvision_mobilenet_v3_small", "torchvision_googlenet", "torchvision_mobilenet_v2"];

    /// <summary>And with residual blocks.</summary>
    private static readonly string[] Small = [.. Smallest, "torchvision_resnet18"];

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Names => [.. Small];

    public static TheoryData<string> SmallestNames => [.. Smallest];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Passes_leave_only_their_outputs_and_fit_together(string name)
    {
        using var model = Create(name, new BackboneOptions { NumClasses = 5 });
        using var images = rand(2, 3, 64, 80);
        foreach (var training in new[] { true, false })
        {
            model.train(training);
            var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            using var output = model.forward(images);
            Assert.Equal([2, 5], output.shape);
            Assert.Equal(before + 1, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }

        using var ungraded = no_grad();
        var alive = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using var features = model.ForwardFeatures(images);
        using var pooled = model.ForwardHead(features, preLogits: true);
        Assert.Equal(alive + 2, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(4, features.dim());
        Assert.Equal([2, model.NumFeatures], pooled.shape);
        using var scope = NewDisposeScope();
        Assert.True(model.forward(images).equal(model.ForwardHead(features)).all().item<bool>());
        Assert.True(model.ForwardPooled(images).equal(pooled).all().item<bool>());
    }

    [Theory]
    [MemberData(nameof(SmallestNames))]
    public void Resetting_the_classifier_changes_its_size_and_keeps_type_order_and_mode(string name)
    {
        using var scope = NewDisposeScope();
        using var model = Create(name);
        var names = model.state_dict().Keys.ToArray();
        var classifier = model.Configuration.Classifiers.Single();
        model.to(ScalarType.Float64);
        model.eval();
        foreach (var classes in new long[] { 7, 0, 3 })
        {
            model.ResetClassifier(classes);
            Assert.Equal(classes, model.NumClasses);
            Assert.Equal(classes > 0, model.state_dict().ContainsKey($"{classifier}.weight"));
            Assert.All(model.parameters(), p => Assert.Equal(ScalarType.Float64, p.dtype));
            Assert.All(model.modules(), m => Assert.False(m.training));
            Assert.Equal([1, classes == 0 ? model.NumFeatures : classes], model.forward(zeros([1, 3, 32, 32], ScalarType.Float64)).shape);
        }

        Assert.Equal(names, model.state_dict().Keys.ToArray(), StringComparer.Ordinal);
        Assert.Throws<CassInputException>(() => model.ResetClassifier(-1));
        using var without = Create(name, new BackboneOptions { NumClasses = 0 });
        Assert.Equal(0, without.NumClasses);
        Assert.DoesNotContain($"{classifier}.weight", without.state_dict().Keys, StringComparer.Ordinal);
    }

    [Fact]
    public void Nothing_stays_of_a_network_that_is_disposed_nor_of_a_training_step()
    {
        foreach (var name in Smallest)
        {
            var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            using (var model = Create(name, new BackboneOptions { NumClasses = 3, InputChannels = 1 }))
            {
                Assert.Equal(before + model.state_dict().Count, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
                using var optimizer = new MomentumSgd([new ParameterGroup([.. model.named_parameters().Select(p => KeyValuePair.Create(p.name, p.parameter))])], 0.01);
                using var images = rand(4, 1, 32, 32);
                var alive = new List<long>();
                for (var step = 0; step < 4; step++)
                {
                    using (NewDisposeScope())
                    {
                        model.zero_grad();
                        model.forward(images).Squared().mean().backward();
                        optimizer.Step();
                    }

                    alive.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
                }

                Assert.Equal(alive[1], alive[3]);
            }

            Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }
    }

    [Theory]
    [InlineData("torchvision_mobilenet_v3_small")]
    [InlineData("torchvision_mobilenet_v2")]
    [InlineData("torchvision_googlenet")]
    public void Dropout_is_torchvisions_and_acts_in_training_only(string name)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        using var model = Create(name);
        using var still = Create(name, new BackboneOptions { DropRate = 0 });
        still.load_state_dict(model.state_dict());
        model.eval();
        var features = model.ForwardFeatures(rand(4, 3, 32, 32));
        model.train();
        still.train();
        var (dropped, kept) = (model.ForwardHead(features, preLogits: true), still.ForwardHead(features, preLogits: true));
        var alive = kept.ne(0);
        Assert.InRange(dropped.eq(0).logical_and(alive).sum().item<long>() / (double)alive.sum().item<long>(), 0.17, 0.23);
        model.eval();
        still.eval();
        Assert.True(model.ForwardHead(features).equal(still.ForwardHead(features)).all().item<bool>());
    }

    [Fact]
    public void Batch_norms_learn_in_training_only_and_once_under_gradient_checkpointing()
    {
        using var scope = NewDisposeScope();
        using var plain = Create("torchvision_mobilenet_v3_small", new BackboneOptions { NumClasses = 3 });
        using var checkpointed = plain.Copy();
        var images = rand(4, 3, 48, 48);
        manual_seed(4);
        plain.forward(images).Squared().mean().backward();
        manual_seed(4);
        using (GradientCheckpointing.Enable())
        {
            checkpointed.forward(images).Squared().mean().backward();
        }

        Assert.All(plain.state_dict().Zip(checkpointed.state_dict()), pair => Assert.True(pair.First.Value.equal(pair.Second.Value).all().item<bool>(), pair.First.Key));
        Assert.All(plain.named_parameters().Zip(checkpointed.named_parameters()), pair => Assert.True(pair.First.parameter.grad!.allclose(pair.Second.parameter.grad!, 1e-4, 1e-6), pair.First.name));
        Assert.Equal(1, plain.state_dict()["features.0.1.num_batches_tracked"].item<long>());

        plain.eval();
        var mean = plain.state_dict()["features.0.1.running_mean"].clone();
        plain.forward(images);
        Assert.True(mean.equal(plain.state_dict()["features.0.1.running_mean"]).all().item<bool>());
    }

    [Fact]
    public void Mixed_precision_is_close_and_leaves_heads_in_single_precision()
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        foreach (var name in Smallest)
        {
            using var model = Create(name, new BackboneOptions { NumClasses = 5 });
            model.eval();
            var images = rand(2, 3, 48, 48);
            var exact = model.ForwardPooled(images);
            using var mixed = Autocast.Enable();
            using var features = model.ForwardFeatures(images);
            Assert.Equal(ScalarType.BFloat16, features.dtype);
            var pooled = model.ForwardHead(features, preLogits: true);
            Assert.Equal(ScalarType.Float32, pooled.dtype);
            Assert.InRange((pooled - exact).norm().item<float>() / exact.norm().item<float>(), 0, 0.1);
        }
    }

    [Fact]
    public void Other_channels_take_the_first_convolution_of_RGB_weights()
    {
        using var scope = NewDisposeScope();
        foreach (var name in Smallest)
        {
            using var color = Create(name, new BackboneOptions { NumClasses = 2 });
            using var gray = Create(name, new BackboneOptions { NumClasses = 2, InputChannels = 1 });
            var path = folder[$"{name}.safetensors"];
            BackboneWeights.Save(color, path);
            var report = BackboneWeights.Load(gray, path);
            Assert.Equal($"{color.Configuration.FirstConvolution}.weight", Assert.Single(report.Adapted).Name);
            Assert.Single(gray.Configuration.Mean);
            color.eval();
            gray.eval();
            using var ungraded = no_grad();
            var images = rand(2, 1, 32, 32);
            Assert.True(gray.forward(images).allclose(color.forward(images.expand(2, 3, 32, 32)), 1e-3, 1e-4), name);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_saved_network_and_a_copy_are_as_it_was(string name)
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        var registry = Registry();
        var pooling = name.Contains("v3", StringComparison.Ordinal) ? (GlobalPooling?)null : GlobalPooling.ConcatenatedAverageMaximum;
        using var saved = registry.Create(name, new BackboneOptions { NumClasses = 4, InputChannels = 2, GlobalPooling = pooling });
        BackboneFolder.Save(saved, folder.Path, labels: ["a", "b", "c", "d"]);
        using var loaded = BackboneFolder.Load(folder.Path, registry);
        using var copy = saved.Copy();
        saved.eval();
        copy.eval();
        var images = rand(2, 2, 40, 48);
        var expected = saved.forward(images);
        Assert.True(expected.equal(loaded.forward(images)).all().item<bool>());
        Assert.True(expected.equal(copy.forward(images)).all().item<bool>());
        saved.ToChannelsLast();
        Assert.True(expected.allclose(saved.forward(images), 1e-3, 1e-4));
    }

    [Fact]
    public void Files_with_auxiliary_classifiers_are_loaded_whole_and_those_are_passed_over()
    {
        using var scope = NewDisposeScope();
        using var model = Create("torchvision_googlenet", new BackboneOptions { NumClasses = 3 });
        var state = model.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value, StringComparer.Ordinal);
        state["aux1.conv.conv.weight"] = rand(128, 512, 1, 1);
        state["aux2.fc2.bias"] = rand(3);
        var path = folder["googlenet.safetensors"];
        SafetensorsFile.Write(path, state, new Dictionary<string, string>(StringComparer.Ordinal));
        var report = BackboneWeights.Load(model, path, new WeightLoadOptions { Strict = true });
        Assert.True(report.IsComplete);
        Assert.Equal(WeightOrigin.Trained, model.WeightOrigin);
    }

    [Fact]
    public void Images_that_are_too_small_are_refused_before_anything_is_built_and_in_passes()
    {
        foreach (var (name, side, smallest) in new[] { ("inception_v3", 64, 75), ("vgg16", 28, 32), ("alexnet", 62, 63), ("googlenet", 14, 15) })
        {
            var error = Assert.Throws<CassInputException>(() => Create($"torchvision_{name}", new BackboneOptions { ImageHeight = 96, ImageWidth = side }));
            Assert.Contains($"BackboneOptions.ImageWidth is {side}", error.Message, StringComparison.Ordinal);
            Assert.Contains($"'torchvision_{name}' takes images of {smallest}x{smallest} pixels or more", error.Message, StringComparison.Ordinal);
        }

        using var model = Create("torchvision_googlenet");
        using var small = zeros(1, 3, 20, 12);
        Assert.Contains("it was given 20x12", Assert.Throws<ArgumentException>(() => model.forward(small)).Message, StringComparison.Ordinal);
        using var gray = zeros(1, 1, 32, 32);
        Assert.Contains("[batch, 3, height, width]", Assert.Throws<ArgumentException>(() => model.forward(gray)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_that_a_network_does_not_have_are_refused_by_name()
    {
        AssertRefused("DropPathRate is 0.1", "torchvision_resnet18", new BackboneOptions { DropPathRate = 0.1 });
        AssertRefused("GlobalPooling is Maximum", "torchvision_mobilenet_v3_small", new BackboneOptions { GlobalPooling = GlobalPooling.Maximum });
        AssertRefused("GlobalPooling is Token", "torchvision_resnet18", new BackboneOptions { GlobalPooling = GlobalPooling.Token });

        static void AssertRefused(string part, string name, BackboneOptions options) =>
            Assert.Contains(part, Assert.Throws<CassInputException>(() => Create(name, options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Names_are_torchvisions_behind_a_prefix_beside_timms()
    {
        var registry = Registry();
        Assert.Equal(24, TorchVisionBackbones.Names.Count);
        Assert.All(TorchVisionBackbones.Names, name => Assert.StartsWith("torchvision_", name, StringComparison.Ordinal));
        Assert.Superset(BackboneRegistry.Default.Names.Concat(TorchVisionBackbones.Names).ToHashSet(StringComparer.Ordinal), registry.Names.ToHashSet(StringComparer.Ordinal));
        Assert.DoesNotContain("torchvision_resnet18", BackboneRegistry.Default.Names, StringComparer.Ordinal);
        Assert.Throws<InvalidOperationException>(() => BackboneRegistry.Default.RegisterTorchVision());
        Assert.Throws<ArgumentException>(() => registry.RegisterTorchVision());
        Assert.Contains("torchvision_vgg16", Assert.Throws<UnknownBackboneException>(() => registry.Create("torchvision_vgg_16")).Suggestions, StringComparer.Ordinal);
    }

    [Fact]
    public void Export_to_ONNX_is_refused_with_the_networks_name_and_the_remedy()
    {
        using var model = Create("torchvision_mobilenet_v3_small");
        var error = Assert.Throws<CassInputException>(() => OnnxExport.Save(model, folder["model.onnx"]));
        Assert.Contains("'torchvision_mobilenet_v3_small'", error.Message, StringComparison.Ordinal);
        Assert.Contains($"IOnnxArchitecture<{nameof(TorchVisionBackbone)}>", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["model.onnx"]));
    }

    private static BackboneRegistry Registry() => new BackboneRegistry().RegisterTorchVision();

    private static Backbone Create(string name, BackboneOptions? options = null) => Registry().Create(name, options);
}
