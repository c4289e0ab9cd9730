using Cass.Models;
using Cass.Tests.Models;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

public sealed class FineTuningScopeTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_linear_probe_changes_the_classifier_alone(bool transformer)
    {
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => (o.KeepClassifier, o.Scope) = (true, FineTuningScope.LinearProbe)).Build();
        var changed = Changed(trainer, transformer);
        Assert.Equal(transformer ? ["head.weight", "head.bias"] : ["fc.weight", "fc.bias"], changed);
    }

    [Fact]
    public void The_last_stages_change_and_the_others_keep_even_their_statistics()
    {
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => (o.KeepClassifier, o.Scope, o.TrainedStages) = (true, FineTuningScope.LastStages, 1)).Build();
        var changed = Changed(trainer, transformer: false);
        Assert.Contains("layer4.0.bn2.running_mean", changed);
        Assert.Contains("layer4.0.conv1.weight", changed);
        Assert.All(changed, name => Assert.True(name.StartsWith("layer4.", StringComparison.Ordinal) || name.StartsWith("fc.", StringComparison.Ordinal), name));
    }

    [Fact]
    public void More_stages_than_there_are_is_refused_with_their_number()
    {
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => (o.Scope, o.TrainedStages) = (FineTuningScope.LastStages, 99)).Build();
        var error = Assert.Throws<CassInputException>(() => trainer.FineTune(trainer.Cnn, TinyTraining.Images(16)));
        Assert.Contains("99", error.Message, StringComparison.Ordinal);
        Assert.Contains(TinyBackbones.ResNet, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_comes_back_ready_to_train_as_a_whole()
    {
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => (o.Epochs, o.Scope) = (1, FineTuningScope.LinearProbe)).Build();
        using var classifier = trainer.FineTune(trainer.Cnn, TinyTraining.Images(16), cancellationToken: TestContext.Current.CancellationToken);
        Assert.All(classifier.Network.parameters(), p => Assert.True(p.requires_grad));
    }

    [Theory]
    [InlineData("resnet18")]
    [InlineData("vit_tiny_patch16_224")]
    [InlineData("swin_tiny_patch4_window7_224")]
    public void Rates_fall_from_layer_to_layer_and_every_parameter_has_one(string name)
    {
        using var network = BackboneRegistry.Default.Create(name);
        var groups = ParameterGroup.ByLayer(network, weightDecay: 0.05, layerDecay: 0.5);
        var scales = groups.SelectMany(g => g.Parameters.Select(p => (p.Key, Scale: g.LearningRateScale))).ToList();
        Assert.Equal(network.named_parameters().Select(p => p.name).Order(StringComparer.Ordinal), scales.Select(s => s.Key).Order(StringComparer.Ordinal));
        var scaleOf = scales.ToDictionary(s => s.Key, s => s.Scale, StringComparer.Ordinal);
        var layers = network.LayerGroups;
        for (var depth = 0; depth < layers.Count; depth++)
        {
            Assert.All(layers[depth].ParameterNames, parameter => Assert.Equal(Math.Pow(0.5, layers.Count - 1 - depth), scaleOf[parameter], 1e-12));
        }

        string[] exempt = ["cls_token", "pos_embed", "relative_position_bias_table"];
        Assert.All(
            groups.SelectMany(g => g.Parameters.Select(p => (p.Key, p.Value, g.WeightDecay))),
            p => Assert.Equal(p.Value.dim() > 1 && !exempt.Contains(p.Key.Split('.')[^1]) ? 0.05 : 0, p.WeightDecay));
    }

    [Theory]
    [InlineData("vit_tiny_patch16_224", "norm.weight", 1)]
    [InlineData("vit_tiny_patch16_224", "blocks.11.mlp.fc2.bias", 1)]
    [InlineData("vit_tiny_patch16_224", "blocks.0.norm1.bias", 12)]
    [InlineData("vit_tiny_patch16_224", "pos_embed", 13)]
    [InlineData("vit_tiny_patch16_224", "head.weight", 0)]
    [InlineData("deit_tiny_distilled_patch16_224", "dist_token", 13)]
    [InlineData("deit_tiny_distilled_patch16_224", "head_dist.bias", 0)]
    [InlineData("swin_tiny_patch4_window7_224", "norm.bias", 1)]
    [InlineData("swin_tiny_patch4_window7_224", "layers.3.blocks.1.norm2.weight", 1)]
    [InlineData("swin_tiny_patch4_window7_224", "head.bias", 0)]
    [InlineData("convnext_tiny", "head.norm.weight", 0)]
    [InlineData("convnext_tiny", "stages.3.blocks.2.gamma", 1)]
    [InlineData("convnext_tiny", "stages.3.downsample.1.weight", 3)]
    [InlineData("convnext_tiny", "stages.3.blocks.0.conv_dw.weight", 3)]
    [InlineData("convnext_tiny", "stages.2.blocks.8.gamma", 4)]
    [InlineData("convnext_tiny", "stages.0.blocks.0.gamma", 18)]
    [InlineData("convnext_tiny", "stem.0.weight", 19)]
    [InlineData("swin_tiny_patch4_window7_224", "layers.2.downsample.norm.weight", 2)]
    [InlineData("swin_tiny_patch4_window7_224", "layers.0.blocks.1.norm1.bias", 11)]
    [InlineData("swin_tiny_patch4_window7_224", "patch_embed.norm.weight", 13)]
    [InlineData("resnet18", "fc.weight", 0)]
    [InlineData("resnet18", "layer4.1.bn2.weight", 1)]
    [InlineData("resnet18", "layer4.0.downsample.0.weight", 2)]
    [InlineData("resnet18", "layer1.0.conv1.weight", 8)]
    [InlineData("resnet18", "bn1.bias", 9)]
    [InlineData("resnet50", "layer3.5.conv3.weight", 4)]
    [InlineData("resnet50", "conv1.weight", 17)]
    public void Each_block_has_the_rate_that_timm_gives_it(string name, string parameter, int layersBeforeTheHead)
    {
        using var network = BackboneRegistry.Default.Create(name);
        var group = Assert.Single(
            ParameterGroup.ByLayer(network, weightDecay: 0.05, layerDecay: 0.5),
            g => g.Parameters.Any(p => string.Equals(p.Key, parameter, StringComparison.Ordinal)));
        Assert.Equal(Math.Pow(0.5, layersBeforeTheHead), group.LearningRateScale, 1e-12);
    }

    [Theory]
    [InlineData("resnet18", new string[0])]
    [InlineData("convnext_tiny", new string[0])]
    [InlineData("vit_tiny_patch16_224", new[] { "cls_token", "pos_embed" })]
    [InlineData("deit_tiny_distilled_patch16_224", new[] { "cls_token", "dist_token", "pos_embed" })]
    [InlineData("swin_tiny_patch4_window7_224", new[] { "layers.0.blocks.0.attn.relative_position_bias_table", "layers.3.blocks.1.attn.relative_position_bias_table" })]
    public void Tokens_and_position_embeddings_do_not_decay(string name, string[] expected)
    {
        using var network = BackboneRegistry.Default.Create(name);
        var parameters = network.named_parameters().Select(p => KeyValuePair.Create(p.name, p.parameter));
        var groups = ParameterGroup.WithoutDecayForVectors(parameters, weightDecay: 0.05, network.NoWeightDecay);
        var exempt = groups.Where(g => g.WeightDecay == 0).SelectMany(g => g.Parameters).Where(p => p.Value.dim() > 1).Select(p => p.Key).ToList();
        Assert.Equal(expected.Length == 0, exempt.Count == 0);
        Assert.All(expected, parameter => Assert.Contains(parameter, exempt, StringComparer.Ordinal));
        Assert.True(name.StartsWith("swin", StringComparison.Ordinal) ? exempt.Count == 12 : exempt.Count == expected.Length);
    }

    [Fact]
    public void Training_leaves_what_is_exempt_undecayed()
    {
        // Without gradients AdamW moves a weight by its decay alone.
        var before = Trained(0);
        var after = Trained(0.5);
        Assert.Equal(before["pos_embed"], after["pos_embed"]);
        Assert.Equal(before["cls_token"], after["cls_token"]);
        Assert.NotEqual(before["blocks.0.attn.qkv.weight"], after["blocks.0.attn.qkv.weight"]);

        static Dictionary<string, double[]> Trained(double decay)
        {
            using var trainer = TinyTraining.Builder()
                .ConfigureFineTuning(o =>
                {
                    (o.Epochs, o.Optimizer.WeightDecay) = (1, decay);
                    o.ClassWeights = TinyImage.Labels.Names.ToDictionary(label => label, _ => 1e-300, StringComparer.Ordinal);
                })
                .Build();
            using var classifier = trainer.FineTune(trainer.Transformer, TinyTraining.Images(8));
            return TinyTraining.Weights(classifier.Network);
        }
    }

    [Fact]
    public void The_last_stage_of_a_transformer_is_its_last_block_with_the_norm_after_it()
    {
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => (o.KeepClassifier, o.Scope, o.TrainedStages) = (true, FineTuningScope.LastStages, 1)).Build();
        var changed = Changed(trainer, transformer: true);
        Assert.Contains("norm.weight", changed);
        Assert.Contains("blocks.1.mlp.fc2.weight", changed);
        Assert.All(changed, name => Assert.True(name.Split('.') is ["norm" or "head", ..] or ["blocks", "1", ..], name));
    }

    [Fact]
    public void The_average_of_the_epochs_weights_is_returned_with_statistics_of_its_own()
    {
        var one = Trained(epochs: 1, averageFrom: 0);
        var two = Trained(epochs: 2, averageFrom: 0);
        var average = Trained(epochs: 2, averageFrom: 1);
        foreach (var (name, values) in average.Where(e => !e.Key.Contains("running", StringComparison.Ordinal) && !e.Key.Contains("num_batches", StringComparison.Ordinal)))
        {
            Assert.All(values.Select((v, i) => Math.Abs(v - ((one[name][i] + two[name][i]) / 2))), difference => Assert.InRange(difference, 0, 1e-6));
        }

        Assert.NotEqual(two["bn1.running_mean"], average["bn1.running_mean"]);

        static Dictionary<string, double[]> Trained(int epochs, int averageFrom)
        {
            using var trainer = TinyTraining.Builder()
                .ConfigureFineTuning(o =>
                {
                    (o.Epochs, o.AverageWeightsFromEpoch) = (epochs, averageFrom);
                    o.LearningRate.Schedule = ScheduleKind.Constant;
                })
                .Build();
            using var classifier = trainer.FineTune(trainer.Cnn, TinyTraining.Images(24));
            return TinyTraining.Weights(classifier.Network);
        }
    }

    [Fact]
    public void Thresholds_are_tuned_on_the_validation_images_and_saved()
    {
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => (o.Epochs, o.TuneThresholds) = (3, true)).Build();
        var validation = TinyTraining.Images(32, 1000);
        using var classifier = trainer.FineTune(trainer.Cnn, TinyTraining.Images(32), validation, cancellationToken: TestContext.Current.CancellationToken);
        Assert.False(classifier.Thresholds.IsUniform);

        // Brute force: no threshold gives any class a better F1 on the same images.
        var predictions = classifier.Predict(validation.Images);
        for (var label = 0; label < 4; label++)
        {
            var scores = predictions.Select((p, i) => (Score: p.Probabilities[label].Probability, IsTrue: i % 4 == label)).ToList();
            double F1(double threshold) => 2.0 * scores.Count(s => s.IsTrue && s.Score > threshold) / (scores.Count(s => s.IsTrue) + scores.Count(s => s.Score > threshold));
            var best = scores.Select(s => F1(s.Score - 1e-7)).Max();
            Assert.Equal(best, F1(classifier.Thresholds[label]), 1e-9);
        }

        using var folder = new TemporaryFolder();
        classifier.Save(folder.Path);
        using var loaded = ImageClassifier.Load(folder.Path, TrainingDevice.Cpu, TinyBackbones.Registry());
        Assert.Equal(classifier.Thresholds, loaded.Thresholds);
        Assert.Equal(predictions[0].Labels, loaded.Predict(validation.Images[0]).Labels);
    }

    [Fact]
    public void Tuning_thresholds_without_validation_images_is_refused()
    {
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => o.TuneThresholds = true).Build();
        var error = Assert.Throws<CassInputException>(() => trainer.FineTune(trainer.Cnn, TinyTraining.Images(16)));
        Assert.Contains("TuneThresholds", error.Message, StringComparison.Ordinal);
    }

    private static List<string> Changed(CassTrainer trainer, bool transformer)
    {
        var network = transformer ? trainer.Transformer : trainer.Cnn;
        network.ResetClassifier(4);
        var before = TinyTraining.Weights(network);
        using var classifier = trainer.FineTune(network, TinyTraining.Images(16), cancellationToken: TestContext.Current.CancellationToken);
        return [.. TinyTraining.Weights(classifier.Network).Where(e => !e.Value.SequenceEqual(before[e.Key])).Select(e => e.Key)];
    }
}
