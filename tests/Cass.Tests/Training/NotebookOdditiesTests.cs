using Cass.Training;
using Xunit;

namespace Cass.Tests.Training;

/// <summary>Each switch of <c>docs/notebook.md</c> changes what it names. Oddities 1 and 2 are in <see cref="TraceTests"/>, 6 in <see cref="ScheduleTests"/>.</summary>
public sealed class NotebookOdditiesTests
{
    [Fact]
    public void Metrics_that_keep_running_report_the_average_over_all_epochs()
    {
        var fresh = FineTune(o => { });
        var running = FineTune(o => o.KeepMetricsRunning = true);
        for (var epoch = 0; epoch < fresh.Count; epoch++)
        {
            // Every epoch has the same images, so that recalls may be averaged.
            Assert.Equal(fresh.Take(epoch + 1).Average(row => row.Recall), running[epoch].Recall, 1e-9);
            Assert.Equal(fresh[epoch].Loss, running[epoch].Loss);
        }
    }

    [Fact]
    public void The_validation_loss_may_be_divided_by_the_number_of_training_batches()
    {
        var sound = FineTune(o => { });
        var odd = FineTune(o => o.DivideValidationLossByTrainingBatches = true);

        // 16 validation images are 2 batches, 32 training images 4.
        Assert.All(sound.Zip(odd), pair => Assert.Equal(pair.First.ValidationLoss!.Value * 2 / 4, pair.Second.ValidationLoss!.Value, 1e-6));
    }

    [Fact]
    public void Validation_may_run_only_after_an_epoch_with_a_better_training_F1()
    {
        var sound = FineTune(o => o.Epochs = 6);
        var odd = FineTune(o => (o.Epochs, o.ValidateOnlyOnImprovement) = (6, true));
        var best = double.NegativeInfinity;
        Assert.All(sound.Zip(odd), pair =>
        {
            Assert.Equal(pair.First.F1, pair.Second.F1);
            Assert.NotNull(pair.First.ValidationF1);
            Assert.Equal(pair.First.F1 > best, pair.Second.ValidationF1 is not null);
            best = Math.Max(best, pair.First.F1);
        });
    }

    [Fact]
    public void The_published_class_weights_favour_the_frequent_classes()
    {
        // Counts scaled from their least to their greatest, into 0.2 to 1.
        var published = FineTune(o => o.ClassWeighting = ClassWeighting.Published, [4, 8, 12, 20]);
        var byName = FineTune(
            o => o.ClassWeights = new Dictionary<string, double> { ["plain"] = 0.2, ["rows"] = 0.4, ["columns"] = 0.6, ["centre"] = 1 },
            [4, 8, 12, 20]);
        var none = FineTune(o => o.ClassWeighting = ClassWeighting.None, [4, 8, 12, 20]);
        Assert.Equal(byName.Select(row => row.Loss), published.Select(row => row.Loss));
        Assert.NotEqual(none[0].Loss, published[0].Loss);
    }

    [Fact]
    public void The_logged_loss_may_be_the_last_batchs()
    {
        var losses = new LossRecorder();
        var odd = FineTune(o => o.LogLossOfLastBatch = true, progress: new TrainingOnly(losses));
        var sound = FineTune(o => { });
        for (var epoch = 0; epoch < odd.Count; epoch++)
        {
            var ofEpoch = losses.Values.Skip(epoch * 4).Take(4).ToList();
            Assert.Equal(ofEpoch[^1], odd[epoch].Loss, 1e-6);
            Assert.Equal(ofEpoch.Average(), sound[epoch].Loss, 1e-6);
        }
    }

    [Fact]
    public void Evaluation_may_augment_shuffle_and_drop_and_report_the_last_batchs_loss()
    {
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => o.Epochs = 1).Build();
        using var classifier = trainer.FineTune(trainer.Cnn, TinyTraining.Images(16), cancellationToken: TestContext.Current.CancellationToken);
        var test = TinyTraining.Images(19, 500);
        var sound = classifier.Evaluate(test, new EvaluationOptions { BatchSize = 8 }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(19, sound.Images);

        var augmented = classifier.Evaluate(test, new EvaluationOptions { BatchSize = 8, AugmentImages = true }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(16, augmented.Images);
        Assert.NotEqual(sound.Loss!.Value, augmented.Loss!.Value);

        var ofLast = classifier.Evaluate(test, new EvaluationOptions { BatchSize = 8, LossOfLastBatch = true }, cancellationToken: TestContext.Current.CancellationToken);
        var alone = classifier.Evaluate(test.Subset([16, 17, 18]), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(19, ofLast.Images);
        Assert.Equal(alone.Loss!.Value, ofLast.Loss!.Value, 1e-5);
        Assert.Equal(sound.F1, ofLast.F1);
    }

    [Fact]
    public void The_faithful_recipe_has_every_switch_on_and_the_others_none()
    {
        Assert.DoesNotContain(false, Switches(CassRecipe.NotebookFaithful));
        Assert.DoesNotContain(true, Switches(CassRecipe.Published));
        Assert.DoesNotContain(true, Switches(CassRecipe.Recommended));

        static bool[] Switches(CassRecipe recipe)
        {
            var options = new CassOptions();
            recipe.Apply(options);
            return
            [
                !options.Pretraining.ClearGradients, options.Pretraining.LogLossOfLastBatch,
                options.FineTuning.KeepMetricsRunning, options.FineTuning.DivideValidationLossByTrainingBatches,
                options.FineTuning.ValidateOnlyOnImprovement, options.FineTuning.LogLossOfLastBatch,
                options.FineTuning.LogF1AsRecall, options.FineTuning.BestEpoch == BestEpoch.F1,
                options.Evaluation.AugmentImages, options.Evaluation.LossOfLastBatch, options.Evaluation.BatchSize == 16,
            ];
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_logged_recall_may_be_the_F1(bool odd)
    {
        using var folder = new TemporaryFolder();
        using var trainer = TinyTraining.Builder().RecordTo(folder.Path).ConfigureFineTuning(o => o.LogF1AsRecall = odd).Build();
        using var classifier = trainer.FineTune(trainer.Cnn, TinyTraining.Images(16), cancellationToken: TestContext.Current.CancellationToken);
        var logged = File.ReadLines(folder["metrics.csv"])
            .Select(row => row.Split(','))
            .Where(cells => cells[2] == "Supervised-CNN Recall/train")
            .Select(cells => double.Parse(cells[4], System.Globalization.CultureInfo.InvariantCulture));
        Assert.All(classifier.History.Zip(logged), pair => Assert.Equal(odd ? pair.First.F1 : pair.First.Recall, pair.Second, 1e-6));
        Assert.Contains(classifier.History, row => Math.Abs(row.F1 - row.Recall) > 1e-3);
    }

    [Fact]
    public void Pretraining_may_see_only_the_share_of_images_whose_labels_are_used()
    {
        var images = TinyTraining.Images(64);
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
        using var trainer = TinyTraining.Builder().ConfigurePretraining(o => o.ImageFraction = 0.25).Build();
        trainer.Pretrain([.. images.Images.Select(image => new NotedImage(image, seen))], cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(images.Sample(0.25, 77).Images.Select(image => image.Name).Order(StringComparer.Ordinal), seen.Keys.Order(StringComparer.Ordinal));
        using var ofTenth = TinyTraining.Builder().ConfigurePretraining(o => o.ImageFraction = 0.1).Build();
        var error = Assert.Throws<CassInputException>(() => ofTenth.Pretrain(images.Images));
        Assert.Contains("there are 6, 0.1 of 64. Lower Pretraining.BatchSize to 6, or raise Pretraining.ImageFraction from 0.1 to 0.125", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_published_class_weights_are_those_of_all_images_whatever_share_of_the_labels_is_used()
    {
        // 12 and 4, 8 and 8, 4 and 12, 8 and 0 images to train on and to validate on: 16, 16, 16 and 8.
        var (train, validation) = (Images([12, 8, 4, 8], 0), Images([4, 8, 12, 0], 500));
        var published = Losses(o => o.ClassWeighting = ClassWeighting.Published);
        var byName = Losses(o => o.ClassWeights = new Dictionary<string, double> { ["plain"] = 1, ["rows"] = 1, ["columns"] = 1, ["centre"] = 0.2 });
        Assert.Equal(byName, published);

        List<double> Losses(Action<FineTuningOptions> configure)
        {
            using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => o.LabelFraction = 0.5).ConfigureFineTuning(configure).Build();
            using var classifier = trainer.FineTune(trainer.Cnn, train, validation, cancellationToken: TestContext.Current.CancellationToken);
            return [.. classifier.History.Select(row => row.Loss)];
        }

        static Cass.Data.ImageDataset Images(int[] counts, int firstSeed) => Cass.Data.ImageDataset.FromImages(
            counts.SelectMany((count, kind) => Enumerable.Range(0, count).Select(i => ((IImageSource)new TinyImage(kind, firstSeed + (kind * 50) + i), TinyImage.Labels[kind]))),
            TinyImage.Labels);
    }

    private static IReadOnlyList<FineTuningEpoch> FineTune(Action<FineTuningOptions> configure, int[]? classCounts = null, IProgress<TrainingProgress>? progress = null)
    {
        using var trainer = TinyTraining.Builder()
            .ConfigureFineTuning(o => o.Epochs = 3)
            .ConfigureFineTuning(configure)
            .Build();
        var train = TinyTraining.Images(32);
        using var loader = new Cass.Data.ImageLoader(
            train,
            Cass.Data.CassTransforms.Validation(32, 32, trainer.Normalization),
            new Cass.Data.ImageLoaderOptions { BatchSize = 8, Workers = 1 });
        var validation = TinyTraining.Images(16, 1000);
        using var validationLoader = new Cass.Data.ImageLoader(
            validation,
            Cass.Data.CassTransforms.Validation(32, 32, trainer.Normalization),
            new Cass.Data.ImageLoaderOptions { BatchSize = 8, Workers = 1 });
        using var classifier = trainer.FineTune(trainer.Cnn, train.Labels, classCounts ?? train.ClassCounts, loader, validationLoader, progress);
        return classifier.History;
    }

    private sealed class NotedImage(IImageSource image, System.Collections.Concurrent.ConcurrentDictionary<string, bool> seen) : IImageSource
    {
        public string Name => image.Name;

        public PixelImage Decode()
        {
            seen[Name] = true;
            return image.Decode();
        }
    }

    private sealed class TrainingOnly(IProgress<TrainingProgress> inner) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Phase == TrainingPhase.FineTuning)
            {
                inner.Report(value);
            }
        }
    }
}
