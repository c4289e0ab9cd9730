using Cass.Models;
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
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => o.Scope = FineTuningScope.LinearProbe).Build();
        var changed = Changed(trainer, transformer);
        Assert.Equal(transformer ? ["head.weight", "head.bias"] : ["fc.weight", "fc.bias"], changed);
    }

    [Fact]
    public void The_last_stages_change_and_the_others_keep_even_their_statistics()
    {
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => (o.Scope, o.TrainedStages) = (FineTuningScope.LastStages, 1)).Build();
        var changed = Changed(trainer, transformer: false);
        Assert.Contains("layer4.1.bn2.running_mean", changed);
        Assert.Contains("layer4.0.conv1.weight", changed);
        Assert.All(changed, name => Assert.True(name.StartsWith("layer4.", StringComparison.Ordinal) || name.StartsWith("fc.", StringComparison.Ordinal), name));
    }

    [Fact]
    public void More_stages_than_there_are_is_refused_with_their_number()
    {
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => (o.Scope, o.TrainedStages) = (FineTuningScope.LastStages, 99)).Build();
        var error = Assert.Throws<CassInputException>(() => trainer.FineTune(trainer.Cnn, TinyTraining.Images(16)));
        Assert.Contains("99", error.Message, StringComparison.Ordinal);
        Assert.Contains("resnet18", error.Message, StringComparison.Ordinal);
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
    public void Rates_fall_from_stage_to_stage_and_every_parameter_has_one(string name)
    {
        using var network = BackboneRegistry.Default.Create(name);
        var groups = ParameterGroup.ByStage(network, weightDecay: 0.05, layerDecay: 0.5);
        var scales = groups.SelectMany(g => g.Parameters.Select(p => (p.Key, Scale: g.LearningRateScale))).ToList();
        Assert.Equal(network.named_parameters().Select(p => p.name).Order(StringComparer.Ordinal), scales.Select(s => s.Key).Order(StringComparer.Ordinal));
        var scaleOf = scales.ToDictionary(s => s.Key, s => s.Scale, StringComparer.Ordinal);
        var stages = network.Stages;
        for (var depth = 0; depth < stages.Count; depth++)
        {
            Assert.All(stages[depth].ParameterNames, parameter => Assert.Equal(Math.Pow(0.5, stages.Count - 1 - depth), scaleOf[parameter], 1e-12));
        }

        Assert.All(groups.SelectMany(g => g.Parameters.Select(p => (p.Value, g.WeightDecay))), p => Assert.Equal(p.Value.dim() > 1 ? 0.05 : 0, p.WeightDecay));
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
        using var loaded = ImageClassifier.Load(folder.Path, TrainingDevice.Cpu);
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
        trainer.Options.FineTuning.KeepClassifier = true;
        var before = TinyTraining.Weights(network);
        using var classifier = trainer.FineTune(network, TinyTraining.Images(16), cancellationToken: TestContext.Current.CancellationToken);
        return [.. TinyTraining.Weights(classifier.Network).Where(e => !e.Value.SequenceEqual(before[e.Key])).Select(e => e.Key)];
    }
}
