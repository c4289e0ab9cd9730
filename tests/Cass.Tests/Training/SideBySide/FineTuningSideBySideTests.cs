using Cass.Data;
using Cass.Metrics;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training.SideBySide;

/// <summary>Two networks that are fine-tuned at the same time, beside the same one after the other.</summary>
[Collection(SideBySideCollection.Name)]
public sealed class FineTuningSideBySideTests
{
    private const string AtTheSameTime = "fine-tuned at the same time";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(NumericPrecision.Float32)]
    [InlineData(NumericPrecision.BFloat16)]
    public void Each_ends_in_the_bits_of_its_own_fine_tuning_with_half_of_the_threads(NumericPrecision precision)
    {
        var log = new LogLines();
        using var two = new TwoThreads();
        using var trainer = Trainer(o => o.Precision = precision, log);
        using var together = trainer.FineTune(trainer.Networks, Train(), Validation(), cancellationToken: Token);
        set_num_threads(1);

        Assert.Contains(log.Messages, line => line.Contains(AtTheSameTime, StringComparison.Ordinal));
        Assert.Equal(2, together.Count);
        foreach (var (network, classifier) in trainer.Networks.Zip(together))
        {
            using var alone = trainer.FineTune(network, Train(), Validation(), cancellationToken: Token);
            Assert.Equal(network.ModelName, classifier.Network.ModelName);
            Assert.Equal(alone.History.Select(Figures), classifier.History.Select(Figures));
            AssertSame(TinyTraining.Weights(alone.Network), TinyTraining.Weights(classifier.Network));
        }
    }

    [Fact]
    public void With_all_that_fine_tuning_has_it_ends_in_the_same_bits_too()
    {
        using var two = new TwoThreads();
        using var trainer = Trainer(o =>
        {
            (o.FineTuning.Mixup.MixupAlpha, o.FineTuning.Mixup.CutMixAlpha, o.FineTuning.LabelSmoothing, o.FineTuning.EmaDecay) = (0.8, 1, 0.1, 0.9);
            (o.FineTuning.LayerDecay, o.FineTuning.TuneThresholds, o.FineTuning.EarlyStoppingPatience, o.FineTuning.Epochs) = (0.7, true, 2, 4);
            o.FineTuning.LabelFraction = 0.5;
        });
        using var together = trainer.FineTune(trainer.Networks, Train(), Validation(), cancellationToken: Token);
        set_num_threads(1);

        foreach (var (network, classifier) in trainer.Networks.Zip(together))
        {
            using var alone = trainer.FineTune(network, Train(), Validation(), cancellationToken: Token);
            Assert.Equal(alone.History.Select(Figures), classifier.History.Select(Figures));
            Assert.Equal(Enumerable.Range(0, 4).Select(i => alone.Thresholds[i]), Enumerable.Range(0, 4).Select(i => classifier.Thresholds[i]));
            AssertSame(TinyTraining.Weights(alone.Network), TinyTraining.Weights(classifier.Network));
        }
    }

    [Fact]
    public void It_can_be_turned_off()
    {
        var log = new LogLines();
        using var two = new TwoThreads();
        using var trainer = Trainer(o => o.NetworksSideBySide = false, log);
        var epochs = new List<string>();
        trainer.FineTuningEpochEnded += (_, row) => epochs.Add($"{Environment.CurrentManagedThreadId} {row.Epoch}");
        using var classifiers = trainer.FineTune(trainer.Networks, Train(), Validation(), cancellationToken: Token);

        Assert.DoesNotContain(log.Messages, line => line.Contains(AtTheSameTime, StringComparison.Ordinal));
        Assert.Equal([.. new[] { 1, 2, 1, 2 }.Select(epoch => $"{Environment.CurrentManagedThreadId} {epoch}")], epochs);
    }

    [Theory]
    [InlineData("dropout", "draws random numbers")]
    [InlineData("checkpointing", "computed anew")]
    [InlineData("unequal", "of the multiplications")]
    [InlineData("loss", "of your own")]
    [InlineData("metric", "of your own")]
    public void Networks_that_cannot_or_need_not_train_one_after_the_other_and_the_log_says_why(string what, string reason)
    {
        var log = new LogLines();
        using var two = new TwoThreads();
        using var trainer = Trainer(
            o =>
            {
                o.FineTuning.Epochs = 1;
                o.Transformer.DropRate = what == "dropout" ? 0.1 : null;
                o.GradientCheckpointing = what == "checkpointing";
                o.Transformer.Name = what == "unequal" ? EvenNetworks.LargeTransformer : o.Transformer.Name;
            },
            log);
        trainer.FineTuner.CreateLoss = what == "loss" ? _ => nn.BCEWithLogitsLoss() : null;
        trainer.FineTuner.Metrics = what == "metric" ? [() => new Auroc(new RankingOptions())] : [];
        using var classifiers = trainer.FineTune(trainer.Networks, Train(), Validation(), cancellationToken: Token);

        Assert.Contains(log.Messages, line => line.Contains("one after the other", StringComparison.Ordinal) && line.Contains(reason, StringComparison.Ordinal));
        Assert.All(classifiers, classifier => Assert.Single(classifier.History));
    }

    [Fact]
    public void A_third_network_trains_after_the_two()
    {
        using var two = new TwoThreads();
        using var trainer = Trainer(o => o.FineTuning.Epochs = 1);
        using var third = trainer.Cnn.Copy();
        using var classifiers = trainer.FineTune([.. trainer.Networks, third], Train(), Validation(), cancellationToken: Token);

        Assert.Equal([trainer.Cnn.ModelName, trainer.Transformer.ModelName, third.ModelName], classifiers.Select(classifier => classifier.Network.ModelName));
    }

    [Fact]
    public void Handlers_and_progress_are_told_of_one_network_at_a_time()
    {
        using var two = new TwoThreads();
        using var trainer = Trainer(_ => { });
        var told = new Alone();
        trainer.FineTuningEpochEnded += (_, _) => told.Enter();
        using var classifiers = trainer.FineTune(trainer.Networks, Train(), Validation(), new Observer(_ => told.Enter()), Token);

        Assert.Equal(((2 * 2 * 3) + (2 * 2), false), (told.Count, told.HaveMet));
    }

    [Fact]
    public void A_handler_may_fine_tune_both_itself()
    {
        using var two = new TwoThreads();
        using var trainer = Trainer(o => o.FineTuning.Epochs = 1);
        var inner = 0;
        trainer.FineTuningEpochEnded += (_, _) =>
        {
            if (Interlocked.Increment(ref inner) == 1)
            {
                using var others = trainer.FineTune(trainer.Networks, Train(), cancellationToken: Token);
            }
        };
        using var classifiers = trainer.FineTune(trainer.Networks, Train(), Validation(), cancellationToken: Token);

        Assert.Equal(4, inner);
    }

    [Fact]
    public void Networks_of_one_name_with_checkpoints_are_refused_before_the_first_epoch()
    {
        using var two = new TwoThreads();
        using var folder = new TemporaryFolder();
        using var trainer = Trainer(o => o.Checkpoints.Folder = folder.Path);
        using var copy = trainer.Cnn.Copy();
        var epochs = 0;
        trainer.FineTuningEpochEnded += (_, _) => epochs++;

        var error = Assert.Throws<CassInputException>(() => trainer.FineTune([trainer.Cnn, copy], Train(), cancellationToken: Token));

        Assert.Contains(copy.ModelName, error.Message, StringComparison.Ordinal);
        Assert.Contains("Checkpoints.RunName", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, epochs);
    }

    [Fact]
    public void A_run_that_is_cut_ends_bit_equal()
    {
        using var two = new TwoThreads();
        using var whole = Trainer(o => o.FineTuning.Epochs = 3);
        using var expected = whole.FineTune(whole.Networks, Train(), Validation(), cancellationToken: Token);
        using var folder = new TemporaryFolder();
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using (var cut = Trainer(Saved))
        {
            var error = Assert.ThrowsAny<OperationCanceledException>(() => cut.FineTune(
                cut.Networks,
                Train(),
                Validation(),
                new Observer(p =>
                {
                    if (p is { Epoch: 2, Batch: 2 })
                    {
                        cancellation.Cancel();
                    }
                }),
                cancellation.Token));
            Assert.Equal(cancellation.Token, error.CancellationToken);
        }

        using var resumed = Trainer(Saved);
        using var actual = resumed.FineTune(resumed.Networks, Train(), Validation(), cancellationToken: Token);

        foreach (var (one, other) in expected.Zip(actual))
        {
            Assert.Equal(3, other.History.Count);
            AssertSame(TinyTraining.Weights(one.Network), TinyTraining.Weights(other.Network));
        }

        void Saved(CassOptions options) => (options.FineTuning.Epochs, options.Checkpoints.Folder, options.Checkpoints.EveryMinutes) = (3, folder.Path, 1e-9);
    }

    [Fact]
    public void Where_one_fails_the_other_is_stopped_and_saved_and_both_go_on_later()
    {
        using var two = new TwoThreads();
        using var folder = new TemporaryFolder();
        using (var trainer = Trainer(Saved))
        {
            trainer.FineTuningEpochEnded += (_, row) => throw new InvalidDataException("The disk of the handler is full.");
            var before = Tensor.TotalCount;
            Assert.Throws<InvalidDataException>(() => trainer.FineTune(trainer.Networks, Train(), Validation(), cancellationToken: Token));
            Assert.Equal(before + NewParameters(trainer), Tensor.TotalCount);
        }

        foreach (var network in (string[])[Cass.Tests.Models.TinyBackbones.ResNet, EvenNetworks.Transformer])
        {
            Assert.NotEmpty(Directory.GetFiles(folder.Path, $"fine-tuning-{network}-*.json"));
        }

        using var again = Trainer(Saved);
        using var actual = again.FineTune(again.Networks, Train(), Validation(), cancellationToken: Token);
        using var whole = Trainer(o => o.FineTuning.Epochs = 3);
        using var expected = whole.FineTune(whole.Networks, Train(), Validation(), cancellationToken: Token);
        foreach (var (one, other) in expected.Zip(actual))
        {
            AssertSame(TinyTraining.Weights(one.Network), TinyTraining.Weights(other.Network));
        }

        void Saved(CassOptions options) => (options.FineTuning.Epochs, options.Checkpoints.Folder, options.Checkpoints.EveryMinutes) = (3, folder.Path, 1e-9);
    }

    [Fact]
    public void A_network_that_cannot_be_trained_is_known_before_the_other_begins()
    {
        using var two = new TwoThreads();
        using var trainer = Trainer(_ => { });
        using (no_grad())
        {
            trainer.Transformer.parameters().First().fill_(float.NaN);
        }

        var epochs = 0;
        var before = Tensor.TotalCount;
        trainer.FineTuningEpochEnded += (_, _) => epochs++;
        Assert.Throws<TrainingFailedException>(() => trainer.FineTune(trainer.Networks, Train(), Validation(), cancellationToken: Token));
        Assert.Equal((0, before + NewParameters(trainer.Cnn)), (epochs, Tensor.TotalCount));
    }

    [Fact]
    public void The_record_keeps_the_figures_of_both_apart()
    {
        using var two = new TwoThreads();
        using var folder = new TemporaryFolder();
        using (var trainer = Trainer(o => o.RecordFolder = folder.Path))
        {
            using var classifiers = trainer.FineTune(trainer.Networks, Train(), Validation(), cancellationToken: Token);
        }

        var rows = File.ReadAllLines(Path.Combine(folder.Path, "metrics.csv")).Skip(1).Select(line => line.Split(',')).ToList();
        Assert.Equal(2 * 2, rows.Count(row => row[2].EndsWith("Loss/train", StringComparison.Ordinal)));
        Assert.All(rows, row => Assert.Equal(row[2].Contains("ViT", StringComparison.Ordinal) ? $"fine-tuning-{EvenNetworks.Transformer}" : $"fine-tuning-{Cass.Tests.Models.TinyBackbones.ResNet}", row[1]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_run_leaves_no_tensor_behind(bool atTheSameTime)
    {
        using var two = new TwoThreads();
        using var trainer = Trainer(o => o.NetworksSideBySide = atTheSameTime);
        trainer.FineTune(trainer.Networks, Train(), Validation(), cancellationToken: Token).Dispose();
        var before = Tensor.TotalCount;

        trainer.FineTune(trainer.Networks, Train(), Validation(), cancellationToken: Token).Dispose();

        Assert.Equal(before + NewParameters(trainer), Tensor.TotalCount);
    }

    [Fact]
    public void No_network_or_one_given_twice_is_refused()
    {
        using var trainer = Trainer(_ => { });
        Assert.Contains("no network", Assert.Throws<ArgumentException>(() => trainer.FineTune(Array.Empty<Backbone>(), Train())).Message, StringComparison.Ordinal);
        Assert.Contains("null", Assert.Throws<ArgumentException>(() => trainer.FineTune([trainer.Cnn, null!], Train())).Message, StringComparison.Ordinal);
        Assert.Contains("twice", Assert.Throws<ArgumentException>(() => trainer.FineTune([trainer.Cnn, trainer.Cnn], Train())).Message, StringComparison.Ordinal);
    }

    private static ImageDataset Train() => TinyTraining.Images(24);

    private static ImageDataset Validation() => TinyTraining.Images(8, firstSeed: 100);

    private static CassTrainer Trainer(Action<CassOptions> configure, LogLines? log = null) => EvenNetworks.Builder().UseLogger(log ?? new LogLines()).Configure(configure).Build();

    /// <summary>TorchSharp counts each parameter that is made once more than it is disposed: those of the copies, and of their new classifiers.</summary>
    private static long NewParameters(CassTrainer trainer) => trainer.Networks.Sum(NewParameters);

    private static long NewParameters(Backbone network) => network.parameters().Count() + 2;

    private static object Figures(FineTuningEpoch row) => (row.Epoch, row.Loss, row.F1, row.Recall, row.ValidationLoss, row.ValidationF1, row.LearningRate, row.GradientNorm, row.Accuracy, row.ValidationAccuracy);

    private static void AssertSame(Dictionary<string, double[]> expected, Dictionary<string, double[]> actual)
    {
        Assert.Equal(expected.Keys, actual.Keys);
        Assert.All(expected, weight => Assert.Equal(weight.Value, actual[weight.Key]));
    }

    /// <summary>Notices two threads that are in it at the same time.</summary>
    private sealed class Alone
    {
        private int within;

        public int Count { get; private set; }

        public bool HaveMet { get; private set; }

        public void Enter()
        {
            HaveMet |= Interlocked.Increment(ref within) > 1;
            Thread.Sleep(5);
            Count++;
            Interlocked.Decrement(ref within);
        }
    }
}
