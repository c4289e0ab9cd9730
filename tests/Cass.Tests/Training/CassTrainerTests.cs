using Cass.Data;
using Cass.Models;
using Cass.Tests.Models;
using Cass.Tests.Order;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

public sealed class CassTrainerTests
{
    private static readonly LabelMap Labels = TinyImage.Labels;

    private static ImageDataset Images(int count, int firstSeed = 0) => ImageDataset.FromImages(
        Enumerable.Range(0, count).Select(i => ((IImageSource)new TinyImage(i % 4, firstSeed + i), Labels[i % 4])),
        Labels);

    private static CassTrainerBuilder Small() => CassTrainer.CreateBuilder()
        .UseRegistry(TinyBackbones.Registry())
        .UseCnn(TinyBackbones.ResNet)
        .UseTransformer(TinyBackbones.Transformer)
        .WithImageSize(32)
        .OnDevice(TrainingDevice.Cpu)
        .ConfigureMethod(o => o.ProjectorWidth = 64)
        .ConfigurePretraining(o => (o.Epochs, o.BatchSize) = (1, 8))
        .ConfigureFineTuning(o => (o.Epochs, o.BatchSize) = (2, 8));

    [Fact]
    public void From_unlabeled_images_to_a_saved_classifier_that_predicts()
    {
        using var trainer = Small().ConfigureFineTuning(o => o.Epochs = 6).Build();
        var (train, validation, test) = (Images(64), Images(32, 1000), Images(64, 2000));

        var backbones = trainer.Pretrain(train.Images, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Single(backbones.History);
        Assert.True(double.IsFinite(backbones.History[0].Loss));

        using var classifier = trainer.FineTune(backbones.Cnn, train, validation, cancellationToken: TestContext.Current.CancellationToken);
        var report = classifier.Evaluate(test, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(64, report.Images);
        Assert.True(report.F1 > 0.6, report.ToString());
        Assert.Equal(64, report.Confusion!.Sum(row => row.Sum()));

        var folder = Path.Combine(Path.GetTempPath(), "cass-" + Guid.NewGuid().ToString("N"));
        try
        {
            classifier.Save(folder);
            using var loaded = ImageClassifier.Load(folder, TrainingDevice.Cpu, TinyBackbones.Registry());
            Assert.Equal(classifier.Labels, loaded.Labels);
            foreach (var image in test.Images.Take(8))
            {
                var expected = classifier.Predict(image);
                var actual = loaded.Predict(image);
                Assert.Equal(image.Name, actual.Image);
                Assert.Equal(expected.Probabilities, actual.Probabilities);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Pretraining_and_fine_tuning_leave_no_tensor_behind()
    {
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var trainer = Small().Build())
        {
            var built = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            var data = Images(32);
            var backbones = trainer.Pretrain(data.Images, cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal(built, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            using (var classifier = trainer.FineTune(backbones.Transformer, data, data, cancellationToken: TestContext.Current.CancellationToken))
            {
                classifier.Evaluate(data, cancellationToken: TestContext.Current.CancellationToken);
            }

            Assert.Equal(built, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void The_number_of_live_tensors_does_not_grow_from_step_to_step()
    {
        using var trainer = Small().ConfigurePretraining(o => o.Epochs = 5).Build();
        var counts = new List<long>();
        trainer.Pretrain(
            Images(160).Images,
            new Observer(_ => counts.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount)),
            TestContext.Current.CancellationToken);
        Assert.Equal(100, counts.Count);

        // Within an epoch the count varies with the batches that the loader has ready; from epoch to epoch it must not.
        for (var i = 20; i < counts.Count; i++)
        {
            Assert.Equal(counts[i - 20], counts[i]);
        }
    }

    /// <summary>2,000 of them where long tests are wanted.</summary>
    [Trait("Category", LongTests.Category)]
    [Fact]
    public void Hundreds_of_steps_leave_no_tensor_behind()
    {
        var steps = LongTests.Repeats(2000, 400);
        BackboneConfiguration Configuration(string first, string classifier) => new(32, 32, 3, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5], 0.9, "bicubic", first, [classifier]);
        using var cnn = new ConvNeXt("cnn", new([1, 1, 1, 1], [4, 4, 8, 8]), Configuration("stem.0", "head.fc"), new BackboneOptions { NumClasses = 8 });
        using var transformer = new VisionTransformer("vit", new(PatchSize: 16, Width: 8, Depth: 1, Heads: 2), Configuration("patch_embed.proj", "head"), new BackboneOptions { NumClasses = 8 });
        using var method = new CassMethod(cnn, transformer, new CassMethodOptions { Safeguard = CollapseSafeguard.VicReg, Augmentation = PretrainingAugmentation.TwoViews, ProjectorWidth = 8 });
        var options = new PretrainingOptions { Epochs = 2 };
        options.Optimizer.GradientClipNorm = 1;
        using var pretrainer = new Pretrainer(method, options, new RunOptions { Device = "cpu" });
        var counts = new List<long>();
        var source = new TensorBatches(steps / 2, 4, _ => randn(4, 3, 32, 32), views: 2);
        pretrainer.Run(source, new Observer(_ => counts.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount)), TestContext.Current.CancellationToken);
        Assert.Equal(steps, counts.Count);

        // The first steps make gradients; from then on every count is the same but for the loss that is read later, and the
        // embeddings of an epoch's end, a tensor of each network.
        Assert.InRange(counts.Skip(10).Max() - counts.Skip(10).Min(), 0, 3);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void One_seed_gives_one_result_with_any_number_of_workers(bool pretrain)
    {
        var first = Weights(workers: 1);
        var second = Weights(workers: 2);
        Assert.Equal(first, second);

        byte[] Weights(int workers)
        {
            using var trainer = Small()
                .ConfigurePretraining(o => o.Loading.Workers = workers)
                .ConfigureFineTuning(o => o.Loading.Workers = workers)
                .Build();
            if (pretrain)
            {
                trainer.Pretrain(Images(32).Images);
                return Bytes(trainer.Cnn, trainer.Transformer);
            }

            using var classifier = trainer.FineTune(trainer.Transformer, Images(32));
            return Bytes(classifier.Network);
        }
    }

    [Fact]
    public void Fine_tuning_leaves_the_backbone_as_it_was()
    {
        using var trainer = Small().Build();
        var before = Bytes(trainer.Cnn);
        using var classifier = trainer.FineTune(trainer.Cnn, Images(16));
        Assert.Equal(before, Bytes(trainer.Cnn));
        Assert.Equal(1000, trainer.Cnn.NumClasses);
        Assert.Equal(4, classifier.Network.NumClasses);
    }

    [Fact]
    public void Cancellation_takes_effect_within_a_step()
    {
        using var trainer = Small().ConfigurePretraining(o => o.Epochs = 100).Build();
        using var source = new CancellationTokenSource();
        var steps = 0;
        Assert.Throws<OperationCanceledException>(() => trainer.Pretrain(
            Images(32).Images,
            new Observer(_ =>
            {
                if (++steps == 3)
                {
                    source.Cancel();
                }
            }),
            source.Token));
        Assert.Equal(3, steps);
    }

    [Fact]
    public void A_loss_that_is_not_a_number_stops_the_run_and_names_batch_and_images()
    {
        using var trainer = Small().ConfigureMethod(o => o.Augmentation = PretrainingAugmentation.Published).Build();
        var batches = new TensorBatches(5, 4, k => k == 2 ? full([4, 3, 32, 32], float.NaN) : randn(4, 3, 32, 32));
        var error = Assert.Throws<TrainingFailedException>(() => trainer.Pretrain(batches));
        Assert.Contains("epoch 1, batch 3", error.Message, StringComparison.Ordinal);
        Assert.Contains("'image 8'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fewer_images_than_a_batch_are_refused()
    {
        using var trainer = Small().ConfigurePretraining(o => o.BatchSize = 64).Build();
        var error = Assert.ThrowsAny<CassInputException>(() => trainer.Pretrain(Images(10).Images));
        Assert.Contains("64", error.Message, StringComparison.Ordinal);
        Assert.Contains("10", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validation_images_of_other_classes_are_refused()
    {
        using var trainer = Small().Build();
        var other = ImageDataset.FromImages([((IImageSource)new TinyImage(0, 1), "cat"), (new TinyImage(1, 2), "dog")], new LabelMap(["cat", "dog"]));
        var error = Assert.ThrowsAny<CassInputException>(() => trainer.FineTune(trainer.Cnn, Images(16), other));
        Assert.Contains("cat", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("classifier.json")]
    public void A_saved_classifier_with_a_file_missing_is_refused_by_its_name(string file)
    {
        var folder = SavedClassifier();
        try
        {
            File.Delete(Path.Combine(folder, file));
            Assert.Contains(file, Assert.ThrowsAny<CassInputException>(() => ImageClassifier.Load(folder)).Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_saved_classifier_with_damaged_settings_is_refused()
    {
        var folder = SavedClassifier();
        try
        {
            foreach (var text in (string[])["", "{", "[]", "null", "{\"architecture\":\"resnet18\"}"])
            {
                File.WriteAllText(Path.Combine(folder, "classifier.json"), text);
                Assert.Contains("classifier.json", Assert.ThrowsAny<CassInputException>(() => ImageClassifier.Load(folder)).Message, StringComparison.Ordinal);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string SavedClassifier()
    {
        using var trainer = Small().ConfigureFineTuning(o => o.Epochs = 1).Build();
        using var classifier = trainer.FineTune(trainer.Cnn, Images(8));
        var folder = Path.Combine(Path.GetTempPath(), "cass-" + Guid.NewGuid().ToString("N"));
        classifier.Save(folder);
        return folder;
    }

    private static byte[] Bytes(params nn.Module[] modules)
    {
        using var scope = NewDisposeScope();
        return [.. modules.SelectMany(m => m.state_dict().Values.SelectMany(t => t.detach().contiguous().bytes.ToArray()))];
    }
}
