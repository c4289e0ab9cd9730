using System.Text.Json.Nodes;
using Cass.Models;
using Cass.Tests.Training;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

/// <summary>The option <see cref="BackboneOptions.DynamicImageSize"/> of every family.</summary>
public sealed class DynamicImageSizeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Every => [.. TinyBackbones.Names];

    public static TheoryData<string, bool> Transformers => new() { { "tiny_vit", false }, { "tiny_vit", true }, { "tiny_deit_distilled", false }, { "tiny_deit_distilled", true }, { "tiny_swin", false }, { "tiny_swin", true } };

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Every))]
    public void At_the_size_that_it_is_built_for_a_network_is_bit_for_bit_the_one_without(string name)
    {
        using var scope = NewDisposeScope();
        using var fixedSize = Create(name, dynamic: false);
        using var dynamic = Create(name, dynamic: true);
        Assert.Equal(fixedSize.state_dict().Keys, dynamic.state_dict().Keys, StringComparer.Ordinal);
        Assert.All(fixedSize.state_dict().Zip(dynamic.state_dict()), pair => Assert.True(pair.First.Value.equal(pair.Second.Value).all().item<bool>(), pair.First.Key));
        var images = randn(2, 3, 32, 32);
        foreach (var training in new[] { false, true })
        {
            fixedSize.train(training);
            dynamic.train(training);
            Assert.All(Pass(fixedSize, images).Zip(Pass(dynamic, images)), pair => Assert.Equal(pair.First, pair.Second));
        }
    }

    [Theory]
    [MemberData(nameof(Every))]
    public void Other_sizes_are_taken(string name)
    {
        using var scope = NewDisposeScope();
        using var network = Create(name, dynamic: true);
        Assert.False(network.Configuration.FixedInputSize);
        Assert.Equal((32, 32), (network.Configuration.InputHeight, network.Configuration.InputWidth));
        foreach (var (height, width) in new[] { (64, 64), (40, 48) }.Concat(network.Kind == BackboneKind.Transformer ? [(40, 24), (8, 16)] : []))
        {
            var features = network.ForwardFeatures(randn(2, 3, height, width));
            Assert.Equal([2, 3], network.ForwardHead(features).shape);
            Assert.True(features.isfinite().all().item<bool>());
        }
    }

    [Theory]
    [InlineData("tiny_vit")]
    [InlineData("tiny_deit_distilled")]
    [InlineData("tiny_swin")]
    public void Without_it_another_size_is_refused_and_the_option_named(string name)
    {
        using var scope = NewDisposeScope();
        using var network = Create(name, dynamic: false);
        Assert.True(network.Configuration.FixedInputSize);
        var message = Assert.Throws<ArgumentException>(() => network.forward(zeros(1, 3, 64, 32))).Message;
        Assert.Contains("built for images of 32x32; it was given 64x32", message, StringComparison.Ordinal);
        Assert.Contains("BackboneOptions.DynamicImageSize", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tiny_vit", 8, 36, 32, "40x32")]
    [InlineData("tiny_vit", 8, 32, 3, "32x8")]
    [InlineData("tiny_vit", 8, 0, 32, "8x32")]
    [InlineData("tiny_deit_distilled", 8, 43, 61, "40x64")]
    [InlineData("tiny_swin", 4, 34, 32, "36x32")]
    public void A_size_that_patches_do_not_divide_is_refused_with_one_that_they_do(string name, int patch, int height, int width, string near)
    {
        using var scope = NewDisposeScope();
        using var network = Create(name, dynamic: true);
        foreach (var training in new[] { false, true })
        {
            network.train(training);
            var message = Assert.Throws<ArgumentException>(() => network.forward(zeros(1, 3, height, width))).Message;
            Assert.Contains($"patches of {patch}x{patch}; it was given {height}x{width}", message, StringComparison.Ordinal);
            Assert.Contains(near, message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Every))]
    public void Copies_and_saved_networks_keep_it(string name)
    {
        using var scope = NewDisposeScope();
        using var network = Create(name, dynamic: true, side: 64);
        network.eval();
        BackboneFolder.Save(network, folder.Path);
        using var copy = network.Copy();
        using var loaded = BackboneFolder.Load(folder.Path, TinyBackbones.Registry());
        using var guard = no_grad();
        foreach (var (height, width) in new[] { (64, 64), (32, 96) })
        {
            var images = randn(1, 3, height, width);
            var expected = Values(network.forward(images));
            Assert.Equal(expected, Values(copy.forward(images)));
            Assert.Equal(expected, Values(loaded.forward(images)));
        }

        Assert.Equal([false, false], new[] { copy, loaded }.Select(n => n.Configuration.FixedInputSize));
    }

    [Theory]
    [InlineData("tiny_vit", "dynamic_img_size", true)]
    [InlineData("tiny_deit_distilled", "dynamic_img_size", true)]
    [InlineData("tiny_swin", "strict_img_size", false)]
    public void A_folder_says_it_in_timms_words_and_one_that_says_nothing_holds_a_network_of_one_size(string name, string argument, bool value)
    {
        using var network = Create(name, dynamic: true, side: 64);
        BackboneFolder.Save(network, folder.Path);
        var path = folder[BackboneFolder.ConfigurationFile];
        var description = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        var arguments = description["model_args"]!.AsObject();
        Assert.Equal(value, arguments[argument]!.GetValue<bool>());
        Assert.Equal([64, 64], arguments["img_size"]!.AsArray().Select(side => side!.GetValue<int>()));
        Assert.False(description["pretrained_cfg"]!["fixed_input_size"]!.GetValue<bool>());

        arguments.Remove(argument);
        File.WriteAllText(path, description.ToJsonString());
        using (var older = BackboneFolder.Load(folder.Path, TinyBackbones.Registry()))
        {
            Assert.True(older.Configuration.FixedInputSize);
        }

        arguments[argument] = !value;
        File.WriteAllText(path, description.ToJsonString());
        using (var strict = BackboneFolder.Load(folder.Path, TinyBackbones.Registry()))
        {
            Assert.True(strict.Configuration.FixedInputSize);
        }

        arguments[argument] = "yes";
        File.WriteAllText(path, description.ToJsonString());
        Assert.Contains($"'{argument}'", Assert.Throws<WeightFileException>(() => BackboneFolder.Load(folder.Path, TinyBackbones.Registry())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Transformers))]
    public void Crops_of_two_sizes_in_one_step_have_the_gradients_of_a_plain_pass_when_blocks_are_computed_anew(string name, bool mixed)
    {
        // In bfloat16 the passes of a step have one cast of each weight, blocks computed anew one each, and round its gradient less often.
        var tolerance = mixed ? 0.02 : 1e-5;
        using var scope = NewDisposeScope();
        var plain = MultiCrop(name, mixed, checkpointing: false);
        var recomputed = MultiCrop(name, mixed, checkpointing: true);
        foreach (var (parameter, values) in plain)
        {
            var largest = values.Max(Math.Abs);
            Assert.All(values.Zip(recomputed[parameter]), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= tolerance * largest, parameter));
        }
    }

    [Theory]
    [MemberData(nameof(Transformers))]
    public void In_bfloat16_results_are_near_and_no_tensor_stays(string name, bool training)
    {
        using var network = Create(name, dynamic: true);
        network.train(training);
        using var images = randn(4, 3, 40, 24);
        Step(network, images, mixed: false);
        using var expected = network.forward(images);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        for (var round = 0; round < 3; round++)
        {
            using (var autocast = Autocast.Enable())
            using (var logits = network.forward(images))
            {
                using var scope = NewDisposeScope();
                Assert.Equal(ScalarType.Float32, logits.dtype);
                Assert.InRange((logits - expected).norm().ReadDouble() / expected.norm().ReadDouble(), 1e-6, 0.05);
            }

            Step(network, images, mixed: true);
            Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }
    }

    [Theory]
    [MemberData(nameof(Every))]
    public void Passes_of_changing_sizes_leave_no_tensor(string name)
    {
        using var network = Create(name, dynamic: true);
        (int Height, int Width)[] sizes = [(32, 32), (64, 40), .. network.Kind == BackboneKind.Transformer ? [(16, 16), (24, 48)] : Array.Empty<(int, int)>()];
        long? before = null;
        for (var round = 0; round < 3; round++)
        {
            foreach (var (height, width) in sizes)
            {
                using (var images = randn(2, 3, height, width))
                {
                    Step(network, images, mixed: false);
                }
            }

            before ??= DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }
    }

    [Theory]
    [MemberData(nameof(Transformers))]
    public void Channels_last_changes_nothing_but_rounding(string name, bool training)
    {
        using var scope = NewDisposeScope();
        using var network = Create(name, dynamic: true);
        network.train(training);
        var images = randn(2, 3, 40, 24);
        var expected = network.forward(images);
        network.ToChannelsLast();
        Assert.True(network.forward(images).allclose(expected, rtol: 1e-4, atol: 1e-5));
        Assert.True(network.forward(images.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)).allclose(expected, rtol: 1e-4, atol: 1e-5));
    }

    [Fact]
    public void A_trainer_plans_trains_saves_and_predicts_with_images_of_another_size()
    {
        var images = TinyTraining.Images(16);
        using var trainer = TinyTraining.Builder().WithImageSize(48).Build();
        using var rigid = Create("tiny_vit", dynamic: false, classes: 4);
        var refusal = Assert.Throws<CassInputException>(() => trainer.CheckPlan(new RunPlan { Train = images, Networks = [rigid] })).Message;
        Assert.Contains("tiny_vit was made for images of 32×32", refusal, StringComparison.Ordinal);
        Assert.Contains("BackboneOptions.DynamicImageSize", refusal, StringComparison.Ordinal);

        using var network = Create("tiny_vit", dynamic: true, classes: 4);
        trainer.CheckPlan(new RunPlan { Train = images, Networks = [network] });
        using var classifier = trainer.FineTune(network, images);
        classifier.Save(folder.Path);
        using var loaded = ImageClassifier.Load(folder.Path, TrainingDevice.Cpu, TinyBackbones.Registry());
        Assert.Equal((48, 32), (loaded.ImageHeight, loaded.Network.Configuration.InputHeight));
        Assert.Equal(classifier.Predict(new TinyImage(1, 1)).Probabilities, loaded.Predict(new TinyImage(1, 1)).Probabilities);
    }

    private static Backbone Create(string name, bool dynamic, int side = 32, long classes = 3)
    {
        random.manual_seed(12);
        return TinyBackbones.Registry().Create(name, new BackboneOptions { NumClasses = classes, DropPathRate = 0, ImageHeight = side, ImageWidth = side, DynamicImageSize = dynamic });
    }

    private static List<float[]> Pass(Backbone network, Tensor images)
    {
        network.zero_grad();
        var logits = network.forward(images);
        logits.square().sum().backward();
        return [Values(logits), Values(network.ForwardFeatures(images)), .. network.parameters().Select(p => Values(p.grad!))];
    }

    private static void Step(Backbone network, Tensor images, bool mixed)
    {
        using (NewDisposeScope())
        using (Autocast.Enable(mixed))
        {
            network.forward(images).square().sum().backward();
        }

        network.zero_grad();
    }

    /// <summary>Both sizes pass before either is differentiated.</summary>
    private static Dictionary<string, double[]> MultiCrop(string name, bool mixed, bool checkpointing)
    {
        using var network = Create(name, dynamic: true);
        random.manual_seed(13);
        Tensor loss;
        using (Autocast.Enable(mixed))
        using (GradientCheckpointing.Enable(checkpointing))
        {
            loss = network.forward(randn(2, 3, 40, 56)).square().mean() + network.forward(randn(6, 3, 24, 16)).square().mean() + network.forward(randn(2, 3, 32, 32)).square().mean();
        }

        loss.backward();
        return network.named_parameters().ToDictionary(p => p.name, p => p.parameter.grad!.to(ScalarType.Float64).reshape(-1).data<double>().ToArray(), StringComparer.Ordinal);
    }

    private static float[] Values(Tensor tensor) => tensor.detach().reshape(-1).data<float>().ToArray();
}
