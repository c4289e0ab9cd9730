using Cass.Data;
using Cass.Models;
using Cass.Tests.Models;
using Cass.Tests.Recording;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training.FineTuning;

/// <summary>A student learns what a teacher says of images, with labels and without.</summary>
public sealed class DistillationTests : IDisposable
{
    private static readonly ChannelStatistics Normalization = new([0.4, 0.4, 0.4], [0.3, 0.3, 0.3]);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(FineTuningLoss.Focal)]
    [InlineData(FineTuningLoss.CrossEntropy)]
    public void A_student_learns_from_images_without_labels_what_its_teacher_knows(FineTuningLoss loss)
    {
        var log = new LogLines();
        using var trainer = Builder().UseLogger(log).ConfigureFineTuning(o => (o.Loss, o.Epochs) = (loss, 6)).Build();
        var test = TinyTraining.Images(32, 2000);
        using var teacher = trainer.FineTune(trainer.Cnn, TinyTraining.Images(64), cancellationToken: TestContext.Current.CancellationToken);
        using var student = trainer.Distill(trainer.Cnn, teacher, TinyTraining.Images(64, 500).Images, TinyTraining.Images(16, 1000), cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(teacher.Labels, student.Labels);
        Assert.Equal(teacher.Activation, student.Activation);
        Assert.True(teacher.Evaluate(test, cancellationToken: TestContext.Current.CancellationToken).Accuracy > 0.6);
        var report = student.Evaluate(test, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(report.Accuracy > 0.6, report.ToString());
        Assert.True(student.History[^1].Loss < student.History[0].Loss);
        Assert.All(student.History, epoch => Assert.NotNull(epoch.ValidationAccuracy));
        Assert.Contains("tiny_resnet learns from tiny_resnet on 64 images, of which 0 have labels that count.", log.Messages);
        Assert.Contains(log.Messages, message => message.StartsWith("Distillation into tiny_resnet epoch 6/6: loss ", StringComparison.Ordinal));
    }

    [Fact]
    public void With_all_weight_on_the_teacher_labels_count_for_nothing()
    {
        using var teacher = Teacher();
        var images = TinyTraining.Images(32);
        var labeled = Distilled(teacher, images, o => o.Distillation.Weight = 1);
        Assert.Equal(Distilled(teacher, ImageDataset.FromImages(images.Images)), labeled);
        Assert.NotEqual(Distilled(teacher, images)["fc.weight"], labeled["fc.weight"]);
        Assert.NotEqual(Distilled(teacher, images, o => (o.Distillation.Weight, o.Distillation.Temperature) = (1, 3))["fc.weight"], labeled["fc.weight"]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Only_the_labels_of_the_label_fraction_count(bool mixes)
    {
        using var teacher = Teacher();
        var images = TinyTraining.Images(32);
        var drawn = LabeledSample.Positions(images, 0.5, stratify: false, seed: 77);
        Assert.Equal(Names(images.Sample(0.5, 77)), drawn.Select(images.NameOf).Order(StringComparer.Ordinal));
        Assert.Equal(Names(images.SampleStratified(0.5, 77)), LabeledSample.Positions(images, 0.5, stratify: true, seed: 77).Select(images.NameOf).Order(StringComparer.Ordinal));
        var expected = Distilled(teacher, images, Configure);
        Assert.Equal(expected, Distilled(teacher, Relabeled(images, i => !drawn.Contains(i)), Configure));
        Assert.NotEqual(expected["fc.weight"], Distilled(teacher, Relabeled(images, drawn.Contains), Configure)["fc.weight"]);

        void Configure(FineTuningOptions options)
        {
            // Weighed by their frequency, which is that of the labels that count.
            options.LabelFraction = 0.5;
            (options.Mixup.MixupAlpha, options.Mixup.Probability) = (mixes ? 0.8 : 0, 0.5);
        }

        static IEnumerable<string> Names(ImageDataset images) => images.Images.Select(image => image.Name).Order(StringComparer.Ordinal);
    }

    [Fact]
    public void The_teacher_stays_as_it_is_and_no_tensor_is_left()
    {
        using var teacher = Teacher();
        using var trainer = Builder().ConfigureFineTuning(o => (o.Epochs, o.LabelSmoothing, o.EmaDecay, o.Mixup.MixupAlpha, o.LabelFraction) = (3, 0.1, 0.9, 0.8, 0.5)).Build();
        var before = TinyTraining.Weights(teacher.Network);
        teacher.Network.train();
        var (live, counts) = (DisposeScopeManager.Statistics.ThreadTotalLiveCount, new List<long>());
        using (var student = trainer.Distill(trainer.Transformer, teacher, TinyTraining.Images(32), progress: new Observer(_ => counts.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount)), cancellationToken: TestContext.Current.CancellationToken))
        {
            Assert.False(teacher.Network.training);
        }

        Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(before, TinyTraining.Weights(teacher.Network));
        Assert.All(teacher.Network.parameters(), p => Assert.Null(p.grad));

        // Within an epoch the count varies with the batches that the loader has ready; from epoch to epoch it must not.
        Assert.Equal(counts.Skip(4).Take(4), counts.Skip(8));
    }

    [Fact]
    public void An_interrupted_distillation_goes_on_bit_equal_and_from_no_other_teacher()
    {
        using var teacher = Teacher();
        using var other = Teacher(seed: 9);
        var undisturbed = Interrupted(teacher, checkpoints: null, cancelAfter: int.MaxValue)!;
        Assert.Null(Interrupted(teacher, folder.Path, cancelAfter: 6));
        Assert.Contains("Teacher.Weights was ", Assert.Throws<CheckpointMismatchException>(() => Interrupted(other, folder.Path, cancelAfter: int.MaxValue)).Message, StringComparison.Ordinal);

        // Fine-tuning of the same network is another phase.
        using (var trainer = Builder().CheckpointTo(folder.Path).Build())
        {
            using var fineTuned = trainer.FineTune(trainer.Cnn, TinyTraining.Images(16), cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal(2, fineTuned.History.Count);
        }

        Assert.Equal(undisturbed, Interrupted(teacher, folder.Path, cancelAfter: int.MaxValue));
    }

    [Fact]
    public void Batches_that_a_caller_brings_teach_with_targets_and_without()
    {
        using var teacher = Teacher();
        using var trainer = Builder().RecordTo(folder.Path).ConfigureFineTuning(o => o.Epochs = 1).Build();
        var live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var (with, without) = (new TensorBatches(3, 4, _ => randn(4, 3, 32, 32), _ => eye(4)), new TensorBatches(3, 4, _ => randn(4, 3, 32, 32)));
        using (var student = trainer.Distill(trainer.Cnn, teacher, without, with, cancellationToken: TestContext.Current.CancellationToken))
        {
            Assert.True(double.IsFinite(student.History[0].Loss));
            Assert.NotNull(student.History[0].ValidationF1);
            var tags = Directory.GetFiles(folder["tensorboard"]).SelectMany(EventFile.Scalars).Select(e => e.Tag).ToList();
            Assert.Contains("Distilled-CNN Loss/train", tags);
            Assert.Contains("CNN Distilled F1/Validation", tags);
            Assert.DoesNotContain(tags, tag => tag.Contains("Supervised", StringComparison.Ordinal));
        }

        using (var student = trainer.Distill(trainer.Transformer, teacher, with, cancellationToken: TestContext.Current.CancellationToken))
        {
            Assert.True(double.IsFinite(student.History[0].Loss));
        }

        Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_teacher_that_does_not_fit_is_refused_with_all_that_is_wrong()
    {
        using var teacher = Teacher();
        var names = SettingNames.Of(new Dictionary<string, string> { ["FineTuning.Loss"] = "--loss", ["FineTuning.BatchSize"] = "--batch-size", ["Images.Height"] = "--image-size" });
        using var trainer = TinyTraining.Builder().SpellSettings(names).WithImageSize(40).ConfigureFineTuning(o => o.Loss = FineTuningLoss.CrossEntropy).Build();
        var images = TinyTraining.Images(6);
        var error = Assert.Throws<CassInputException>(() => trainer.Distill(trainer.Cnn, teacher, images.Images, ImageDataset.FromImages(images.Images))).Message;
        string[] expected =
        [
            "The teacher tiny_resnet gives probabilities by sigmoids, but --loss is CrossEntropy, on a softmax. Set --loss to Focal",
            "takes images of 32×32; this trainer resizes them to 40×40, and both get the same. Set --image-size",
            "takes images normalised with means of 0.4, 0.4, 0.4 and deviations of 0.3, 0.3, 0.3; this trainer normalises with means of 0.485",
            "Distillation with batches of 8 needs at least as many images; there are 6. Lower --batch-size to 6",
            "The validation images have no labels",
        ];
        Assert.All(expected, sentence => Assert.Contains(sentence, error, StringComparison.Ordinal));

        var others = ImageDataset.FromImages(images.Images.Select((image, i) => (image, i % 2 == 0 ? "cat" : "dog")));
        error = Assert.Throws<CassInputException>(() => trainer.Distill(trainer.Cnn, teacher, others, others)).Message;
        Assert.Contains("The training images have other classes (cat, dog)", error, StringComparison.Ordinal);
        error = Assert.Throws<CassInputException>(() => trainer.Distill(trainer.Cnn, teacher, images.Images, others)).Message;
        Assert.Contains("The validation images have other classes (cat, dog)", error, StringComparison.Ordinal);
        Assert.Contains("sigmoids", Assert.Throws<CassInputException>(() => trainer.Distill(trainer.Cnn, teacher, new TensorBatches(1, 4, _ => randn(4, 3, 32, 32)))).Message, StringComparison.Ordinal);

        var invalid = Assert.Throws<InvalidOptionsException>(() => TinyTraining.Builder().ConfigureFineTuning(o => (o.Distillation.Temperature, o.Distillation.Weight) = (0, 1.5)).Build());
        Assert.Equal(["FineTuning.Distillation.Temperature", "FineTuning.Distillation.Weight"], invalid.Failures.Select(failure => failure.Split(' ')[0]));
    }

    [Fact]
    public void Fine_tuning_by_labels_goes_on_whatever_distillation_would_do()
    {
        using (var trainer = Builder().CheckpointTo(folder.Path).Build())
        {
            using var fineTuned = trainer.FineTune(trainer.Cnn, TinyTraining.Images(16), cancellationToken: TestContext.Current.CancellationToken);
        }

        using var again = Builder().CheckpointTo(folder.Path).ConfigureFineTuning(o => o.Distillation.Temperature = 5).Build();
        again.CheckPlan(new RunPlan { Train = TinyTraining.Images(16), Networks = [again.Cnn] }, TestContext.Current.CancellationToken);
    }

    private static CassTrainerBuilder Builder() => TinyTraining.Builder().WithNormalization(Normalization);

    private static Dictionary<string, double[]> Distilled(ImageClassifier teacher, ImageDataset images, Action<FineTuningOptions>? configure = null)
    {
        using var trainer = Builder().ConfigureFineTuning(o => configure?.Invoke(o)).Build();
        using var student = trainer.Distill(trainer.Cnn, teacher, images, cancellationToken: TestContext.Current.CancellationToken);
        return TinyTraining.Weights(student.Network);
    }

    private static Dictionary<string, double[]>? Interrupted(ImageClassifier teacher, string? checkpoints, int cancelAfter)
    {
        var builder = Builder().ConfigureFineTuning(o =>
        {
            (o.Epochs, o.LabelFraction, o.LabelSmoothing, o.EmaDecay) = (3, 0.5, 0.1, 0.9);
            (o.Mixup.MixupAlpha, o.Mixup.CutMixAlpha) = (0.8, 1);
        });
        using var trainer = (checkpoints is null ? builder : builder.CheckpointTo(checkpoints)).Build();
        using var source = new CancellationTokenSource();
        var steps = 0;
        try
        {
            using var student = trainer.Distill(
                trainer.Cnn,
                teacher,
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
            return TinyTraining.Weights(student.Network);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    /// <summary>The same images, some of them with the next class for a label.</summary>
    private static ImageDataset Relabeled(ImageDataset images, Func<int, bool> changes) => ImageDataset.FromImages(
        Enumerable.Range(0, images.Count).Select(i => (images.Images[i], TinyImage.Labels[(images.LabelsOf(i)[0] + (changes(i) ? 1 : 0)) % 4])),
        TinyImage.Labels);

    private static ImageClassifier Teacher(int seed = 8)
    {
        random.manual_seed(seed);
        var network = TinyBackbones.Registry().Create(TinyBackbones.ResNet, new BackboneOptions { NumClasses = 4, ImageHeight = 32, ImageWidth = 32 });
        using (no_grad())
        {
            network.state_dict()["fc.weight"].mul_(8);
        }

        network.eval();
        return new ImageClassifier(network, TinyImage.Labels, 32, 32, Normalization, Cass.Metrics.DecisionThresholds.Half);
    }
}
