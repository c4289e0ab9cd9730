using Cass.Data;
using Cass.Tests.Models;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

public sealed class CheckpointTests : IDisposable
{
    private static readonly LabelMap Labels = TinyImage.Labels;

    private readonly string folder = Path.Combine(Path.GetTempPath(), "cass-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    public void A_canceled_pretraining_goes_on_and_ends_bit_equal(int cancelAfter)
    {
        var undisturbed = Pretrain(Builder(null), int.MaxValue);
        Assert.Null(Pretrain(Builder(folder), cancelAfter));
        Assert.Equal(undisturbed, Pretrain(Builder(folder), int.MaxValue));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(11)]
    public void A_canceled_fine_tuning_goes_on_and_ends_bit_equal(int cancelAfter)
    {
        var undisturbed = FineTune(Builder(null), int.MaxValue);
        Assert.Null(FineTune(Builder(folder), cancelAfter));
        Assert.Equal(undisturbed, FineTune(Builder(folder), int.MaxValue));
    }

    [Fact]
    public void Gradients_that_are_never_cleared_survive_too()
    {
        CassTrainerBuilder Accumulating(string? to) => Builder(to).ConfigurePretraining(o => o.ClearGradients = false);
        var undisturbed = Pretrain(Accumulating(null), int.MaxValue);
        Assert.Null(Pretrain(Accumulating(folder), 5));
        Assert.Equal(undisturbed, Pretrain(Accumulating(folder), int.MaxValue));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(6)]
    public void A_step_of_several_batches_may_be_canceled_in_its_middle(int cancelAfter)
    {
        CassTrainerBuilder Accumulating(string? to) => Builder(to)
            .ConfigurePretraining(o => o.Optimizer.AccumulateBatches = 2)
            .ConfigureFineTuning(o => o.Optimizer.AccumulateBatches = 2);
        var undisturbed = Pretrain(Accumulating(null), int.MaxValue);
        Assert.Null(Pretrain(Accumulating(folder), cancelAfter));
        Assert.Equal(undisturbed, Pretrain(Accumulating(folder), int.MaxValue));

        var fineTuned = FineTune(Accumulating(null), int.MaxValue);
        Assert.Null(FineTune(Accumulating(folder), cancelAfter));
        Assert.Equal(fineTuned, FineTune(Accumulating(folder), int.MaxValue));
    }

    [Fact]
    public void A_finished_run_is_not_run_again()
    {
        var first = Pretrain(Builder(folder), int.MaxValue);
        var steps = 0;
        var log = new LogLines();
        Assert.Equal(first, Pretrain(Builder(folder).UseLogger(log), int.MaxValue, () => steps++));
        Assert.Equal(0, steps);
        Assert.Contains(log.Messages, line => line.Contains("is complete already", StringComparison.Ordinal));
        Assert.DoesNotContain(log.Messages, line => line.Contains("Going on from", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(".safetensors", false)]
    [InlineData(".safetensors", true)]
    [InlineData(".json", false)]
    [InlineData(".json", true)]
    public void A_damaged_newest_checkpoint_is_passed_over_for_the_one_before(string extension, bool truncate)
    {
        var undisturbed = Pretrain(Builder(null), int.MaxValue);
        Pretrain(Builder(folder), int.MaxValue);
        var newest = Directory.GetFiles(folder, "*" + extension).Order(StringComparer.Ordinal).Last();
        var bytes = File.ReadAllBytes(newest);
        if (truncate)
        {
            bytes = bytes[..(bytes.Length / 2)];
        }
        else
        {
            bytes[bytes.Length * 2 / 3] ^= 4;
        }

        File.WriteAllBytes(newest, bytes);
        var steps = 0;
        Assert.Equal(undisturbed, Pretrain(Builder(folder), int.MaxValue, () => steps++));
        Assert.Equal(4, steps);
        Assert.True(File.Exists(newest + ".damaged"));
    }

    [Fact]
    public void Other_settings_are_refused_and_the_difference_is_shown()
    {
        Pretrain(Builder(folder), 5);
        var error = Assert.Throws<CheckpointMismatchException>(() => Pretrain(Builder(folder).ConfigurePretraining(o => o.LearningRate.Rate = 0.5), int.MaxValue));
        Assert.Equal("Pretraining.LearningRate.Rate was 0.001 and is 0.5", Assert.Single(error.Differences));
        Assert.Contains("Pretraining.LearningRate.Rate was 0.001 and is 0.5", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_in_use_by_another_run_is_refused()
    {
        Directory.CreateDirectory(folder);
        using var other = new FileStream(Path.Combine(folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        var error = Assert.Throws<CassInputException>(() => Pretrain(Builder(folder), int.MaxValue));
        Assert.Contains("in use by another run", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_last_checkpoints_are_kept()
    {
        Pretrain(Builder(folder).Configure(o => o.Checkpoints.KeepBest = false).ConfigurePretraining(o => o.Epochs = 5), int.MaxValue);
        Assert.Equal(["pretraining-00005-0000000.json", "pretraining-00006-0000000.json"], Saved(".json"));
        Assert.Equal(["pretraining-00005-0000000.safetensors", "pretraining-00006-0000000.safetensors"], Saved(".safetensors"));
    }

    [Fact]
    public void The_best_epochs_checkpoint_is_kept_besides_also_by_a_run_that_goes_on()
    {
        // One step each: the position after epoch e is (e + 1, 0).
        var scores = new double?[] { 0.2, 0.9, 0.5, 0.4, null, 0.3 };
        for (var epoch = 1; epoch <= scores.Length; epoch++)
        {
            using var checkpoints = new CheckpointFolder(new CheckpointOptions { Folder = folder, KeepLast = 1 }, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);
            var (checkpointer, resumed) = checkpoints.Open("test", 9, () => []);
            using (resumed)
            {
                Assert.Equal(epoch == 1 ? null : epoch, resumed?.Position.Epoch);
                using var weight = ones(2);
                checkpointer.Save(() => new RunState(new RunPosition(epoch + 1, 0, epoch), [new("w", weight)], []) { Score = scores[epoch - 1] });
            }
        }

        Assert.Equal(["test-00003-0000000.json", "test-00007-0000000.json"], Saved(".json"));
    }

    [Fact]
    public void What_a_killed_process_left_unfinished_is_cleared_away()
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, ".pretraining-00001-0000001.json.0123456789abcdef0123456789abcdef.tmp"), "{");
        Pretrain(Builder(folder), int.MaxValue);
        Assert.Empty(Directory.GetFiles(folder, ".*"));
    }

    private string[] Saved(string extension) => [.. Directory.GetFiles(folder, "*" + extension).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static ImageDataset Images(int count) => ImageDataset.FromImages(
        Enumerable.Range(0, count).Select(i => ((IImageSource)new TinyImage(i % 4, i), Labels[i % 4])),
        Labels);

    private static CassTrainerBuilder Builder(string? checkpoints)
    {
        var builder = CassTrainer.CreateBuilder()
            .UseRegistry(TinyBackbones.Registry())
            .UseCnn(TinyBackbones.ResNet)
            .UseTransformer(TinyBackbones.Transformer)
            .WithImageSize(32)
            .OnDevice(TrainingDevice.Cpu)
            .ConfigureMethod(o => o.ProjectorWidth = 32)
            .ConfigurePretraining(o => (o.Epochs, o.BatchSize) = (2, 8))
            .ConfigureFineTuning(o => (o.Epochs, o.BatchSize) = (3, 8));
        return checkpoints is null ? builder : builder.CheckpointTo(checkpoints);
    }

    private static string? Pretrain(CassTrainerBuilder builder, int cancelAfter, Action? onStep = null)
    {
        using var trainer = builder.Build();
        using var source = new CancellationTokenSource();
        try
        {
            var result = trainer.Pretrain(Images(32).Images, new CancelAfter(cancelAfter, source, onStep), source.Token);
            return Fingerprint(trainer.Cnn) + Fingerprint(trainer.Transformer)
                + string.Join(" ", result.History.Select(e => (e.Epoch, e.Loss, e.LearningRate, e.EmbeddingStd["cnn"])));
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static string? FineTune(CassTrainerBuilder builder, int cancelAfter)
    {
        using var trainer = builder.Build();
        using var source = new CancellationTokenSource();
        try
        {
            using var classifier = trainer.FineTune(trainer.Cnn, Images(32), Images(16), new CancelAfter(cancelAfter, source, null), source.Token);
            return Fingerprint(classifier.Network)
                + string.Join(" ", classifier.History.Select(e => (e.Epoch, e.Loss, e.F1, e.Recall, e.ValidationLoss, e.ValidationF1)));
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static string Fingerprint(nn.Module module)
    {
        using var scope = NewDisposeScope();
        return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(
            module.state_dict().Values.SelectMany(t => t.detach().contiguous().bytes.ToArray()).ToArray()));
    }

    private sealed class CancelAfter(int steps, CancellationTokenSource source, Action? onStep) : IProgress<TrainingProgress>
    {
        private int seen;

        public void Report(TrainingProgress value)
        {
            onStep?.Invoke();
            if (++seen == steps)
            {
                source.Cancel();
            }
        }
    }
}
