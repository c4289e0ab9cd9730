using System.Text.Json.Nodes;
using Cass.Data;
using Cass.Metrics;
using Cass.Models;
using Cass.Tests.Models;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training.FineTuning;

/// <summary>Fine-tuning on a softmax: one label an image, in training, prediction, evaluation and on disk.</summary>
public sealed class SoftmaxTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(FineTuningLoss.CrossEntropy)]
    [InlineData(FineTuningLoss.SoftmaxFocal)]
    public void A_network_learns_and_its_probabilities_add_up_to_1_wherever_they_come_from(FineTuningLoss loss)
    {
        using var trainer = Builder(loss).ConfigureFineTuning(o => o.Epochs = 5).Build();
        var (train, test) = (TinyTraining.Images(64), TinyTraining.Images(32, 2000));
        using var classifier = trainer.FineTune(trainer.Cnn, train, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(OutputActivation.Softmax, classifier.Activation);
        var report = classifier.Evaluate(test, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(report.Accuracy > 0.6, report.ToString());

        var ensemble = new ClassifierEnsemble(classifier, classifier);
        Assert.Equal(OutputActivation.Softmax, ensemble.Activation);
        Assert.Empty(ensemble.Thresholds);
        foreach (var views in Enum.GetValues<TestTimeAugmentation>())
        {
            classifier.TestTimeAugmentation = views;
            foreach (var prediction in classifier.Predict(test.Images).Concat(ensemble.Predict([.. test.Images.Take(4)])))
            {
                Assert.Equal(1, prediction.Probabilities.Sum(p => p.Probability), 1e-5);
                Assert.Equal([prediction.Label], prediction.Labels);
                Assert.Equal(prediction.Probabilities.Max(p => p.Probability), prediction.Probability);
            }
        }
    }

    [Fact]
    public void Probabilities_are_the_softmax_of_the_logits_and_the_figures_those_of_the_most_probable_class()
    {
        var test = TinyTraining.Images(22, 2000);
        using var classifier = Classifier(seed: 3, OutputActivation.Softmax);
        using var sigmoid = Classifier(seed: 3, OutputActivation.Sigmoid);
        int[] truth = [.. Enumerable.Range(0, test.Count).Select(i => test.LabelsOf(i)[0])];
        int[] predicted = [.. test.Images.Select((image, i) =>
        {
            // The sigmoids of the same network tell its logits.
            double[] powers = [.. sigmoid.Predict(image).Probabilities.Select(p => p.Probability / (1 - p.Probability))];
            var prediction = classifier.Predict(image);
            Assert.All(prediction.Probabilities.Zip(powers), pair => Assert.Equal(pair.Second / powers.Sum(), pair.First.Probability, 1e-4));
            return Array.IndexOf(powers, powers.Max());
        })];

        var report = classifier.Evaluate(test, cancellationToken: TestContext.Current.CancellationToken);
        var accuracy = truth.Zip(predicted).Count(pair => pair.First == pair.Second) / 22.0;
        var macro = Enumerable.Range(0, 4).Average(c =>
        {
            var (hits, all) = (truth.Zip(predicted).Count(p => p.First == c && p.Second == c), truth.Count(t => t == c) + predicted.Count(p => p == c));
            return all == 0 ? 0 : 2.0 * hits / all;
        });
        Assert.Equal(DecisionRule.Argmax, report.Decision);
        Assert.All((double[])[report.F1, report.NotebookF1, report.Recall, report.Precision, report.Accuracy!.Value], figure => Assert.Equal(accuracy, figure, 12));
        Assert.All((double[])[report.MacroF1, report.ArgmaxMacroF1!.Value], figure => Assert.Equal(macro, figure, 12));
        Assert.Equal(FormattableString.Invariant($"tiny_resnet: accuracy {accuracy:0.0000}, macro F1 {macro:0.0000} on 22 images"), report.ToString());
        Assert.Equal(accuracy, NetworkReport.Of(classifier, test, cancellationToken: TestContext.Current.CancellationToken).F1!.Estimate, 12);
    }

    [Fact]
    public void A_saved_classifier_knows_its_softmax_and_an_older_one_has_sigmoids()
    {
        var image = new TinyImage(1, 7);
        foreach (var activation in Enum.GetValues<OutputActivation>())
        {
            using var classifier = Classifier(seed: 4, activation);
            classifier.Save(folder[$"{activation}"]);
            using var loaded = ImageClassifier.Load(folder[$"{activation}"], TrainingDevice.Cpu, TinyBackbones.Registry());
            Assert.Equal(activation, loaded.Activation);
            Assert.Equal(classifier.Predict(image).Probabilities, loaded.Predict(image).Probabilities);
            Assert.Equal(classifier.Predict(image).Labels, loaded.Predict(image).Labels);
        }

        // As written before there was a choice: nothing about an activation, and the hash of that content.
        Assert.Equal(
            ["architecture", "labels", "image_height", "image_width", "mean", "std", "thresholds", "files_xxh128", "xxh128"],
            Settings(OutputActivation.Sigmoid).Select(property => property.Key));
        Assert.Equal("softmax", (string?)Settings(OutputActivation.Softmax)["activation"]);
        Assert.DoesNotContain("softmax", File.ReadAllText(folder["Softmax/config.json"]), StringComparison.OrdinalIgnoreCase);

        foreach (var value in (string?[])[null, "sigmoid", "other"])
        {
            var altered = Settings(OutputActivation.Softmax);
            _ = value is null ? altered.Remove("activation") : (altered["activation"] = value) is not null;
            File.WriteAllText(folder["Softmax/classifier.json"], altered.ToJsonString());
            Assert.Contains("classifier.json", Assert.Throws<DamagedClassifierException>(() => ImageClassifier.Load(folder["Softmax"], TrainingDevice.Cpu, TinyBackbones.Registry())).Message, StringComparison.Ordinal);
            File.Delete(folder["Softmax/classifier.json"]);
            using var again = Classifier(seed: 4, OutputActivation.Softmax);
            again.Save(folder["Softmax"]);
        }

        JsonObject Settings(OutputActivation activation) => (JsonObject)JsonNode.Parse(File.ReadAllText(folder[$"{activation}/classifier.json"]))!;
    }

    [Fact]
    public void A_mean_of_softmax_and_sigmoids_is_refused()
    {
        using var softmax = Classifier(seed: 5, OutputActivation.Softmax);
        using var sigmoid = Classifier(seed: 5, OutputActivation.Sigmoid);
        Assert.Contains("one loss", Assert.Throws<CassInputException>(() => new ClassifierEnsemble(softmax, sigmoid)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_with_several_labels_are_refused_before_anything_is_trained()
    {
        var several = Several();
        using var trainer = Builder(FineTuningLoss.CrossEntropy).SpellSettings(SettingNames.Of(new Dictionary<string, string> { ["FineTuning.Loss"] = "--loss" })).Build();
        var planned = Assert.Throws<CassInputException>(() => trainer.CheckPlan(new RunPlan { Train = several, Validation = TinyTraining.Images(8), Test = several }));
        Assert.Contains("The training and test images may have several labels or none, but --loss is CrossEntropy", planned.Message, StringComparison.Ordinal);
        Assert.Contains("Set --loss to Focal", planned.Message, StringComparison.Ordinal);
        Assert.Contains("several labels", Assert.Throws<CassInputException>(() => trainer.FineTune(trainer.Cnn, several)).Message, StringComparison.Ordinal);

        using var classifier = Classifier(seed: 6, OutputActivation.Softmax);
        Assert.Contains("softmax", Assert.Throws<CassInputException>(() => classifier.Evaluate(several)).Message, StringComparison.Ordinal);

        // Of batches that a caller brings, the first tells.
        var batches = new TensorBatches(1, 4, _ => randn(4, 3, 32, 32), _ => ones(4, 4));
        Assert.Contains("add up to 4", Assert.Throws<CassInputException>(() => trainer.FineTune(trainer.Cnn, TinyImage.Labels, [1, 1, 1, 1], batches)).Message, StringComparison.Ordinal);

        using var sigmoids = Builder(FineTuningLoss.Focal).Build();
        sigmoids.CheckPlan(new RunPlan { Train = several, Validation = several });
    }

    [Fact]
    public void The_validation_loss_is_the_cross_entropy_of_the_true_classes()
    {
        var (train, validation) = (TinyTraining.Images(16), TinyTraining.Images(12, 1000));
        using var trainer = Builder(FineTuningLoss.CrossEntropy).ConfigureFineTuning(o => (o.Epochs, o.LabelSmoothing, o.ClassWeights) = (1, 0.2, new Dictionary<string, double> { ["plain"] = 1, ["rows"] = 2, ["columns"] = 0.5, ["centre"] = 1 })).Build();
        using var classifier = trainer.FineTune(trainer.Cnn, train, validation, cancellationToken: TestContext.Current.CancellationToken);
        double[] weights = [1, 2, 0.5, 1];
        var expected = Enumerable.Range(0, validation.Count).Average(i =>
        {
            var truth = validation.LabelsOf(i)[0];
            return -weights[truth] * Math.Log(classifier.Predict(validation.Images[i]).Probabilities[truth].Probability);
        });
        Assert.Equal(expected, classifier.History[0].ValidationLoss!.Value, 1e-4);
        Assert.Equal(expected, classifier.Evaluate(validation, cancellationToken: TestContext.Current.CancellationToken).Loss!.Value, 1e-4);
        Assert.Equal(classifier.History[0].ValidationAccuracy!.Value, classifier.History[0].ValidationF1!.Value, 12);
    }

    [Fact]
    public void The_log_of_a_softmax_names_no_threshold()
    {
        var log = new LogLines();
        using var trainer = Builder(FineTuningLoss.CrossEntropy).UseLogger(log).ConfigureFineTuning(o => o.Epochs = 1).Build();
        using var classifier = trainer.FineTune(trainer.Cnn, TinyTraining.Images(8), TinyTraining.Images(8, 1000), cancellationToken: TestContext.Current.CancellationToken);
        var line = Assert.Single(log.Messages, message => message.StartsWith("Fine-tuning tiny_resnet epoch", StringComparison.Ordinal));
        Assert.Contains("; validation loss ", line, StringComparison.Ordinal);
        Assert.DoesNotContain("threshold", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Mixed_and_smoothed_targets_are_learned_from_bit_equal_after_an_interruption_and_under_no_other_loss()
    {
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var undisturbed = FineTuned(FineTuningLoss.SoftmaxFocal, checkpoints: null, cancelAfter: int.MaxValue)!;
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Null(FineTuned(FineTuningLoss.SoftmaxFocal, folder["checkpoints"], cancelAfter: 6));
        var error = Assert.Throws<CheckpointMismatchException>(() => FineTuned(FineTuningLoss.CrossEntropy, folder["checkpoints"], cancelAfter: int.MaxValue));
        Assert.Contains("FineTuning.Loss was \"SoftmaxFocal\" and is \"CrossEntropy\"", error.Message, StringComparison.Ordinal);
        Assert.Equal(undisturbed, FineTuned(FineTuningLoss.SoftmaxFocal, folder["checkpoints"], cancelAfter: int.MaxValue));
        Assert.NotEqual(undisturbed["fc.weight"], FineTuned(FineTuningLoss.CrossEntropy, checkpoints: null, cancelAfter: int.MaxValue)!["fc.weight"]);
    }

    private static Dictionary<string, double[]>? FineTuned(FineTuningLoss loss, string? checkpoints, int cancelAfter)
    {
        var builder = Builder(loss).ConfigureFineTuning(o =>
        {
            (o.Epochs, o.LabelSmoothing) = (3, 0.1);
            (o.Mixup.MixupAlpha, o.Mixup.CutMixAlpha) = (0.8, 1);
        });
        using var trainer = (checkpoints is null ? builder : builder.CheckpointTo(checkpoints)).Build();
        using var source = new CancellationTokenSource();
        var steps = 0;
        try
        {
            using var classifier = trainer.FineTune(
                trainer.Cnn,
                TinyTraining.Images(32),
                TinyTraining.Images(16, 1000),
                new Observer(_ =>
                {
                    if (++steps == cancelAfter)
                    {
                        source.Cancel();
                    }
                }),
                source.Token);
            return TinyTraining.Weights(classifier.Network);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static CassTrainerBuilder Builder(FineTuningLoss loss) => TinyTraining.Builder().ConfigureFineTuning(o => o.Loss = loss);

    private static ImageDataset Several()
    {
        var builder = new ImageDatasetBuilder(TinyImage.Labels, multiLabel: true);
        for (var i = 0; i < 16; i++)
        {
            builder.Add(new TinyImage(i % 4, i), i == 0 ? [TinyImage.Labels[0], TinyImage.Labels[1]] : [TinyImage.Labels[i % 4]]);
        }

        return builder.Build();
    }

    private static ImageClassifier Classifier(int seed, OutputActivation activation)
    {
        random.manual_seed(seed);
        var network = TinyBackbones.Registry().Create(TinyBackbones.ResNet, new BackboneOptions { NumClasses = 4, ImageHeight = 32, ImageWidth = 32 });
        using (no_grad())
        {
            network.state_dict()["fc.weight"].mul_(8);
        }

        network.eval();
        var classifier = new ImageClassifier(network, TinyImage.Labels, 32, 32, new ChannelStatistics([0.4, 0.4, 0.4], [0.3, 0.3, 0.3]), DecisionThresholds.Half, activation: activation);
        classifier.SettleLayout();
        return classifier;
    }
}
