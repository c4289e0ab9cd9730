using Cass.Losses;
using Cass.Metrics;
using Cass.Tests.Models;
using Cass.Tests.Training.Pretraining;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

/// <summary>Schedules, losses and metrics of the caller's own are looked at before they are used, and compared as far as they can be.</summary>
public sealed class CallersScheduleTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(7)]
    public void Pretraining_does_not_go_on_with_a_schedule_of_other_rates(int changedStep)
    {
        using var method = new PlainMethod();
        method.Pretrain(checkpoints: folder.Path, prepare: p => p.CreateSchedule = (_, _) => new Bent(-1, 0));
        method.Pretrain(checkpoints: folder["other"], prepare: p => p.CreateSchedule = (_, _) => new Bent(-1, 0));

        // Eight steps: the first, the third, the fifth and the last are compared.
        using var other = new PlainMethod();
        var error = Assert.Throws<CheckpointMismatchException>(() => other.Pretrain(checkpoints: folder.Path, prepare: p => p.CreateSchedule = (_, _) => new Bent(changedStep, 0.5)));
        Assert.Contains("CreateScheduleRates was [0.001,0.001,0.001,0.001] and is [", Assert.Single(error.Differences), StringComparison.Ordinal);
        using var same = new PlainMethod();
        Assert.Equal(2, same.Pretrain(checkpoints: folder.Path, prepare: p => p.CreateSchedule = (_, _) => new Bent(-1, 0)).Count);
    }

    [Fact]
    public void A_checkpoint_that_knows_only_the_type_of_a_schedule_goes_on()
    {
        using (var method = new PlainMethod())
        {
            method.Pretrain(checkpoints: folder.Path, prepare: p => p.CreateSchedule = (_, _) => new Bent(-1, 0));
        }

        foreach (var path in Directory.GetFiles(folder.Path, "*.json"))
        {
            StartingWeightsTests.Strip(path, "CreateScheduleRates");
        }

        using var other = new PlainMethod();
        Assert.Equal(2, other.Pretrain(checkpoints: folder.Path, prepare: p => p.CreateSchedule = (_, _) => new Bent(0, 0.5)).Count);
        Assert.Contains("CreateSchedule was", Assert.Throws<CheckpointMismatchException>(() => other.Pretrain(checkpoints: folder.Path, prepare: p => p.CreateSchedule = (rate, _) => new ConstantRate(rate))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, -0.5, "-0.5")]
    [InlineData(3, double.NaN, "NaN")]
    [InlineData(7, double.PositiveInfinity, "Infinity")]
    public void A_rate_that_is_none_is_refused_with_its_step(int step, double rate, string value)
    {
        using var method = new PlainMethod();
        Refused(() => method.Pretrain(prepare: p => p.CreateSchedule = (_, _) => new Bent(step, rate)), "Pretrainer.CreateSchedule", "Bent", $"step {step} of 8", value);

        using var network = Network();
        using var tuner = Tuner();
        tuner.CreateSchedule = (_, _) => new Bent(step, rate);
        Refused(() => tuner.FineTune(network, TinyTraining.Images(32)), "FineTuner.CreateSchedule", "Bent", $"step {step} of 8", value);
    }

    [Fact]
    public void Null_for_a_schedule_or_a_loss_is_refused()
    {
        using var method = new PlainMethod();
        Refused(() => method.Pretrain(prepare: p => p.CreateSchedule = (_, _) => null!), "Pretrainer.CreateSchedule returned null");
        using var network = Network();
        using var tuner = Tuner();
        tuner.CreateSchedule = (_, _) => null!;
        Refused(() => tuner.FineTune(network, TinyTraining.Images(16)), "FineTuner.CreateSchedule returned null");
        (tuner.CreateSchedule, tuner.CreateLoss) = (null, _ => null!);
        Refused(() => tuner.FineTune(network, TinyTraining.Images(16)), "FineTuner.CreateLoss returned null");
    }

    [Fact]
    public void Fine_tuning_does_not_go_on_with_a_schedule_of_other_rates()
    {
        using var network = Network();
        FineTune(0.0);
        FineTune(0.0);
        Refused(() => FineTune(0.5), "CreateScheduleRates was [0,");

        void FineTune(double first)
        {
            using var tuner = Tuner(folder.Path);
            tuner.CreateSchedule = (_, _) => new Bent(0, first);
            tuner.FineTune(network, TinyTraining.Images(16)).Dispose();
        }
    }

    [Theory]
    [InlineData("F1", "'F1', as a figure of every fine-tuning is")]
    [InlineData("Loss", "'Loss'")]
    [InlineData("Accuracy", "'Accuracy'")]
    [InlineData("Argmax Macro F1", "'Argmax Macro F1'")]
    [InlineData(" ", "' '")]
    [InlineData("two\nlines", "one line")]
    public void A_metric_that_records_could_not_tell_from_others_is_refused_before_anything_is_written(string name, string expected)
    {
        using var network = Network();
        using var tuner = new FineTuner(
            new FineTuningOptions { Epochs = 1, BatchSize = 8 },
            new RunOptions { Device = "cpu", RecordFolder = folder["record"], Checkpoints = { Folder = folder["checkpoints"] } });
        tuner.Metrics = [() => new Named(name)];
        Refused(() => tuner.FineTune(network, TinyTraining.Images(16), TinyTraining.Images(8)), "FineTuner.Metrics", expected);
        Assert.False(Directory.Exists(folder["record"]) || Directory.Exists(folder["checkpoints"]));
    }

    [Fact]
    public void Every_own_figure_of_the_record_has_a_name_that_is_refused()
    {
        using var network = Network();
        using var tuner = new FineTuner(new FineTuningOptions { Epochs = 1, BatchSize = 8 }, new RunOptions { Device = "cpu", RecordFolder = folder["record"] });
        tuner.FineTune(network, TinyTraining.Images(16), TinyTraining.Images(8), cancellationToken: TestContext.Current.CancellationToken).Dispose();
        string[] own = [.. File.ReadAllLines(folder["record/metrics.csv"]).Select(row => row.Split(',')[2]).Where(tag => tag.EndsWith("/Validation", StringComparison.Ordinal)).Select(tag => tag["CNN Supervised ".Length..^"/Validation".Length])];
        Assert.NotEmpty(own);
        Assert.All(own, name =>
        {
            tuner.Metrics = [() => new Named(name)];
            Refused(() => tuner.FineTune(network, TinyTraining.Images(16)), $"'{name}'");
        });
    }

    private static Backbone Network()
    {
        random.manual_seed(3);
        return TinyBackbones.Registry().Create(TinyBackbones.ConvNeXt);
    }

    private static FineTuner Tuner(string? checkpoints = null) =>
        new(new FineTuningOptions { Epochs = 2, BatchSize = 8 }, new RunOptions { Device = "cpu", Checkpoints = { Folder = checkpoints } });

    private static void Refused(Action run, params string[] named)
    {
        var error = Assert.ThrowsAny<CassInputException>(run);
        Assert.All(named, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }

    /// <summary>One rate throughout, but for one step.</summary>
    private sealed class Bent(long at, double rate) : ILearningRateSchedule
    {
        public double RateAt(long step) => step == at ? rate : 1e-3;
    }

    private sealed class Named(string name) : IMetric
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
}
