using System.Globalization;
using Cass.Data;
using Cass.Tests.Training;
using Cass.Training;
using Xunit;

namespace Cass.Tests.Survival;

/// <summary>What a run that goes on refuses, and what it leaves of the record.</summary>
public sealed class ResumedRunTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Other_images_of_the_same_number_are_refused()
    {
        Canceled(Builder(), TinyTraining.Images(32), afterBatches: 5);
        var error = Assert.Throws<CheckpointMismatchException>(() => Pretrained(Builder(), TinyTraining.Images(32, firstSeed: 500)));
        Assert.Contains("Images.Names", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_that_moved_as_a_whole_are_the_same()
    {
        string[] before = [Path.Join("old", "place", "glioma", "1.png"), "b.png"], after = [Path.Join("new", "glioma", "1.png"), "b.png"], other = [Path.Join("new", "pituitary", "1.png"), "b.png"];
        Assert.Equal(DataManifest.Of(new Named(before)), DataManifest.Of(new Named(after)));
        Assert.NotEqual(DataManifest.Of(new Named(before)), DataManifest.Of(new Named(other)));
    }

    [Fact]
    public void The_metrics_hold_each_figure_of_each_epoch_once_whatever_was_interrupted()
    {
        var images = TinyTraining.Images(32);
        CassTrainerBuilder Recorded() => Builder().RecordTo(folder["record"]);
        Canceled(Recorded(), images, afterBatches: 6);

        // As if killed between an epoch's figures and its checkpoint, and in the middle of a row.
        var metrics = Path.Join(folder["record"], "metrics.csv");
        var rows = File.ReadAllLines(metrics);
        Assert.True(rows.Length > 2);
        File.AppendAllText(metrics, rows[^1].Replace(",1,", ",2,", StringComparison.Ordinal) + "\n" + rows[^1][..20]);
        Pretrained(Recorded(), images);

        var places = Places(metrics);
        Assert.Equal(places.Count, places.Distinct().Count());
        Assert.Equal([1, 2, 3], places.Where(p => p.Metric == "Self-Supervised Loss/train").Select(p => p.Epoch).Order());

        // A new run takes the place of this one.
        Pretrained(Recorded().ConfigurePretraining(o => o.Epochs = 1).CheckpointTo(folder["others"]), images);
        Assert.All(Places(metrics), p => Assert.Equal(1, p.Epoch));
        Assert.Single(Directory.GetFiles(Path.Join(folder["record"], "tensorboard")));
    }

    [Fact]
    public void A_second_trainer_is_refused_before_it_touches_the_record_until_the_first_is_disposed()
    {
        var images = TinyTraining.Images(32);
        using (var first = Builder().RecordTo(folder["record"]).Build())
        {
            first.Pretrain(images.Images, cancellationToken: TestContext.Current.CancellationToken);
            var settings = File.ReadAllText(Path.Join(folder["record"], "settings.json"));
            var error = Assert.Throws<CassInputException>(() => Pretrained(Builder().RecordTo(folder["record"]).WithSeed(5), images));
            Assert.Contains("in use by another run", error.Message, StringComparison.Ordinal);
            Assert.Equal(settings, File.ReadAllText(Path.Join(folder["record"], "settings.json")));
            first.DeleteCheckpoints();
        }

        Assert.False(Directory.Exists(folder["checkpoints"]));
        Pretrained(Builder(), images);
    }

    [Theory]
    [InlineData("""{"xxh128": 5, "checkpoint": {}}""")]
    [InlineData("""{"xxh128": "5", "checkpoint": {"epoch": "one"}}""")]
    [InlineData("null")]
    [InlineData("[]")]
    public void A_checkpoint_of_another_form_is_passed_over(string text)
    {
        var images = TinyTraining.Images(32);
        Canceled(Builder(), images, afterBatches: 6);
        var undamaged = Directory.GetFiles(folder["checkpoints"], "*.json").Order(StringComparer.Ordinal).ToList();
        File.WriteAllText(undamaged[^1], text);
        Assert.Equal(3, Pretrained(Builder(), images));
        Assert.True(File.Exists(undamaged[^1] + ".damaged"));
    }

    [Fact]
    public void Tensors_without_their_other_half_are_cleared_away()
    {
        var images = TinyTraining.Images(32);
        Canceled(Builder(), images, afterBatches: 6);
        var orphan = Path.Join(folder["checkpoints"], "pretraining-00001-0000777.safetensors");
        File.Copy(Directory.GetFiles(folder["checkpoints"], "*.safetensors")[0], orphan);
        Pretrained(Builder(), images);
        Assert.False(File.Exists(orphan));
    }

    [Fact]
    public void A_record_that_finds_no_space_costs_no_run_and_leaves_no_broken_event_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || !File.Exists("/dev/full"), "There is no device that is always full here.");
        using var trainer = Builder().RecordTo(folder["record"]).Build();
        var images = TinyTraining.Images(32);
        var metrics = Path.Join(folder["record"], "metrics.csv");
        var epochs = 0;
        var backbones = trainer.Pretrain(images.Images, new Observer(p =>
        {
            if (p is { Epoch: 2, Batch: 1 })
            {
                epochs = File.ReadAllLines(metrics).Length;
                File.Delete(metrics);
                File.CreateSymbolicLink(metrics, "/dev/full");
            }
        }), TestContext.Current.CancellationToken);
        Assert.Equal(3, backbones.History.Count);
        Assert.True(epochs > 1);
    }

    private static List<(string Phase, string Metric, int Epoch)> Places(string metrics) =>
        [.. File.ReadAllLines(metrics).Skip(1).Select(row => row.Split(',')).Select(f => (f[1], f[2], int.Parse(f[3], CultureInfo.InvariantCulture)))];

    private CassTrainerBuilder Builder() => TinyTraining.Builder().CheckpointTo(folder["checkpoints"]).ConfigurePretraining(o => o.Epochs = 3);

    private static int Pretrained(CassTrainerBuilder builder, ImageDataset images)
    {
        using var trainer = builder.Build();
        return trainer.Pretrain(images.Images, cancellationToken: TestContext.Current.CancellationToken).History.Count;
    }

    private static void Canceled(CassTrainerBuilder builder, ImageDataset images, int afterBatches)
    {
        using var trainer = builder.Build();
        using var cancellation = new CancellationTokenSource();
        var batches = 0;
        Assert.Throws<OperationCanceledException>(() => trainer.Pretrain(images.Images, new Observer(_ =>
        {
            if (++batches == afterBatches)
            {
                cancellation.Cancel();
            }
        }), cancellation.Token));
    }

    private sealed class Named(string[] names) : IBatchSource
    {
        public int Count => names.Length;

        public int BatchesPerEpoch => 1;

        public string NameOf(int index) => names[index];

        public IEnumerable<ImageBatch> ReadEpoch(int epoch, int startBatch = 0, CancellationToken cancellationToken = default) => [];
    }
}
