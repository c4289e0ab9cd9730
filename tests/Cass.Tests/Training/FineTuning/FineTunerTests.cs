using Cass.Losses;
using Cass.Metrics;
using Cass.Tests.Models;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training.FineTuning;

/// <summary>Fine-tuning of one network without a pair, with parts of the caller's own.</summary>
public sealed class FineTunerTests
{
    private static RunOptions OnCpu => new() { Device = "cpu", Images = { Height = 32 } };

    [Fact]
    public void A_network_alone_is_fine_tuned_as_within_a_trainer()
    {
        using var trainer = TinyTraining.Builder().Build();
        using var ofTrainer = trainer.FineTune(trainer.Cnn, TinyTraining.Images(24), TinyTraining.Images(8), cancellationToken: TestContext.Current.CancellationToken);

        using var tuner = new FineTuner(trainer.Options.FineTuning, trainer.Options);
        using var alone = tuner.FineTune(trainer.Cnn, TinyTraining.Images(24), TinyTraining.Images(8), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(TinyTraining.Weights(ofTrainer.Network), TinyTraining.Weights(alone.Network));
    }

    [Fact]
    public void A_trainer_of_one_network_fine_tunes_it_and_says_what_pretraining_lacks()
    {
        using var trainer = CassTrainer.CreateBuilder()
            .UseRegistry(TinyBackbones.Registry())
            .UseCnn(TinyBackbones.ResNet)
            .WithImageSize(32)
            .OnDevice(TrainingDevice.Cpu)
            .ConfigureFineTuning(o => (o.Epochs, o.BatchSize) = (1, 8))
            .Build();
        Assert.Same(trainer.Cnn, Assert.Single(trainer.Networks));
        using var classifier = trainer.FineTune(trainer.Cnn, TinyTraining.Images(16), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Single(classifier.History);
        Assert.Contains("UseTransformer", Assert.Throws<CassInputException>(() => trainer.Pretrain(TinyTraining.Images(16).Images)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Both_networks_of_a_pair_of_equal_names_go_on_from_checkpoints_of_their_own()
    {
        using var folder = new TemporaryFolder();
        var (first, resumed) = (Train(), Train());
        Assert.Equal(first, resumed);
        Assert.NotEqual(first[0], first[1]);

        double[] Train()
        {
            using var trainer = TinyTraining.Builder().UseTransformer(TinyBackbones.ResNet).CheckpointTo(folder.Path).Build();
            return [.. trainer.Networks.Select(network =>
            {
                using var classifier = trainer.FineTune(network, TinyTraining.Images(16), cancellationToken: TestContext.Current.CancellationToken);
                return classifier.History[^1].Loss;
            })];
        }
    }

    [Fact]
    public void Runs_of_different_names_share_a_folder()
    {
        using var folder = new TemporaryFolder();
        foreach (var seed in (long[])[1, 2])
        {
            using var trainer = TinyTraining.Builder().WithSeed(seed).CheckpointTo(folder.Path, o => o.RunName = $"fold-{seed}").Build();
            trainer.Pretrain(TinyTraining.Images(16).Images, cancellationToken: TestContext.Current.CancellationToken);
        }

        Assert.Equal(["fold-1", "fold-2"], Directory.GetDirectories(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (var name in (string[])["a/b", "..", " "])
        {
            Assert.Contains("Checkpoints.RunName", Assert.Throws<InvalidOptionsException>(() => TinyTraining.Builder().CheckpointTo(folder.Path, o => o.RunName = name).Build()).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_loss_of_the_callers_own_is_minimised_scored_and_disposed()
    {
        var made = new List<HalvedLoss>();
        using var named = new FineTuner(new FineTuningOptions { Epochs = 1, BatchSize = 8 }, OnCpu);
        using var own = new FineTuner(new FineTuningOptions { Epochs = 1, BatchSize = 8 }, OnCpu)
        {
            CreateLoss = weights =>
            {
                made.Add(new HalvedLoss(new FocalLoss(classWeights: weights)));
                return made[^1];
            },
        };
        using var network = TinyBackbones.Registry().Create(TinyBackbones.ConvNeXt);
        using (var ofNamed = named.FineTune(network, TinyTraining.Images(8), TinyTraining.Images(8), cancellationToken: TestContext.Current.CancellationToken))
        using (var ofOwn = own.FineTune(network, TinyTraining.Images(8), TinyTraining.Images(8), cancellationToken: TestContext.Current.CancellationToken))
        {
            // One step: its loss is that of the same first weights, halved.
            Assert.Equal(ofNamed.History[0].Loss / 2, ofOwn.History[0].Loss, 1e-6);
            Assert.Throws<CassInputException>(() => own.Distill(network, ofNamed, TinyTraining.Images(8)));
        }

        Assert.True(Assert.Single(made).IsDisposed);
    }

    [Fact]
    public void A_schedule_and_metrics_of_the_callers_own_are_followed_logged_and_kept()
    {
        using var folder = new TemporaryFolder();
        using var tuner = new FineTuner(
            new FineTuningOptions { Epochs = 2, BatchSize = 8, EarlyStoppingPatience = 0 },
            new RunOptions { Device = "cpu", Images = { Height = 32 }, RecordFolder = folder["record"] })
        {
            CreateSchedule = (peak, steps) => new Halving(peak, steps),
            Metrics = [() => new BrierScore()],
        };
        using var network = TinyBackbones.Registry().Create(TinyBackbones.ResNet);
        using var classifier = tuner.FineTune(network, TinyTraining.Images(16), TinyTraining.Images(8), cancellationToken: TestContext.Current.CancellationToken);

        // Two steps an epoch: the last of each is the second and the fourth.
        Assert.Equal([2e-3 / 2, 2e-3 / 8], classifier.History.Select(row => row.LearningRate));
        var last = Assert.Single(classifier.History[^1].ValidationMetrics);
        Assert.Equal("Brier score", last.Key);
        Assert.InRange(last.Value, 1e-6, 1);
        Assert.Contains("CNN Supervised Brier score/Validation", File.ReadAllText(folder["record/metrics.csv"]), StringComparison.Ordinal);

        tuner.Metrics = [() => new BrierScore(), () => new BrierScore()];
        Assert.Contains("'Brier score'", Assert.Throws<CassInputException>(() => tuner.FineTune(network, TinyTraining.Images(16))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("one line", "mine", null)]
    [InlineData("one line", "two\nlines")]
    [InlineData("as a figure of every fine-tuning is", "loss")]
    [InlineData("two metrics", "Mine", "mine")]
    public void Metrics_need_names_that_records_can_tell_apart(string expected, params string?[] names)
    {
        using var network = TinyBackbones.Registry().Create(TinyBackbones.ResNet);
        using var tuner = new FineTuner(new FineTuningOptions { Epochs = 1, BatchSize = 8 }, OnCpu) { Metrics = [.. names.Select(name => (Func<IMetric>)(() => new NamedMetric(name!)))] };
        Assert.Contains(expected, Assert.Throws<CassInputException>(() => tuner.FineTune(network, TinyTraining.Images(16), TinyTraining.Images(8))).Message, StringComparison.Ordinal);
    }

    private sealed class NamedMetric(string name) : IMetric
    {
        public string Name => name;

        public void Update(Tensor scores, Tensor targets)
        {
        }

        public double Compute() => 0;

        public void Reset()
        {
        }

        public void Dispose()
        {
        }
    }

    private sealed class HalvedLoss(FocalLoss inner) : nn.Module<Tensor, Tensor, Tensor>(nameof(HalvedLoss))
    {
        public bool IsDisposed { get; private set; }

        public override Tensor forward(Tensor input1, Tensor input2)
        {
            using var whole = inner.forward(input1, input2);
            return whole.div(2);
        }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            inner.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class Halving(double peak, long steps) : ILearningRateSchedule
    {
        public double RateAt(long step) => step < steps ? peak * Math.Pow(0.5, step) : throw new ArgumentOutOfRangeException(nameof(step));
    }

    private sealed class BrierScore : IMetric
    {
        private double sum;
        private long count;

        public string Name => "Brier score";

        public void Update(Tensor scores, Tensor targets)
        {
            using var scope = NewDisposeScope();
            sum += (scores.to(float64) - targets.to(float64)).square().sum().item<double>();
            count += targets.NumberOfElements;
        }

        public double Compute() => sum / count;

        public void Reset() => (sum, count) = (0, 0);

        public void Dispose() => Reset();
    }
}
