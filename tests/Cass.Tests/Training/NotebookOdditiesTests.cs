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
        Assert.Equal(9, Switches(CassRecipe.NotebookFaithful).Count(on => on));
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
                options.Evaluation.AugmentImages, options.Evaluation.LossOfLastBatch, options.Evaluation.BatchSize == 16,
            ];
        }
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
