using System.Text.Json.Nodes;
using Cass.Data;
using Cass.Tests.Models;
using Cass.Tests.Training;
using Cass.Training;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Survival;

public sealed class FailedStepTests
{
    [Fact]
    public void A_loss_that_is_not_a_number_names_the_batch_and_leaves_the_last_good_checkpoint()
    {
        using var folder = new TemporaryFolder();
        using var trainer = TinyTraining.Builder().CheckpointTo(folder.Path, o => o.EveryMinutes = 1e-9).Build();
        var batches = new TensorBatches(6, 4, n => n < 3 ? randn(4, 3, 32, 32) : full(new long[] { 4, 3, 32, 32 }, float.NaN), views: 2);

        var error = Assert.Throws<TrainingFailedException>(() => trainer.Pretrain(batches, cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal((1, 4), (error.Epoch, error.Batch));
        Assert.Equal(["image 12", "image 13", "image 14", "image 15"], error.Images);
        Assert.Contains("batch 4", error.Message, StringComparison.Ordinal);
        Assert.Contains("GradientClipNorm", error.Message, StringComparison.Ordinal);
        Assert.Contains("The batch itself holds numbers that are not finite, in the images or targets of 'image 12', 'image 13'", error.Message, StringComparison.Ordinal);
        var record = JsonNode.Parse(File.ReadAllText(folder["pretraining-failure.json"]))!;
        Assert.Equal(["image 12", "image 13", "image 14", "image 15"], record["Images"]!.AsArray().Select(n => (string?)n));
        var newest = Directory.GetFiles(folder.Path, "pretraining-0*.json").Order(StringComparer.Ordinal).Last();
        Assert.EndsWith("00001-0000003.json", newest, StringComparison.Ordinal);

        // With sound images, the run goes on from there.
        using var again = TinyTraining.Builder().CheckpointTo(folder.Path, o => o.EveryMinutes = 1e-9).Build();
        var steps = 0;
        again.Pretrain(new TensorBatches(6, 4, _ => randn(4, 3, 32, 32), views: 2), new Observer(_ => steps++), TestContext.Current.CancellationToken);
        Assert.Equal(3, steps);
    }

    [Fact]
    public void Training_and_validation_images_that_are_not_finite_are_named()
    {
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => (o.Epochs, o.BatchSize) = (1, 4)).Build();
        var sound = new TensorBatches(1, 4, _ => randn(4, 3, 32, 32), Targets);
        var infinite = new TensorBatches(2, 4, n => OneBad(n, float.PositiveInfinity), Targets);
        var labels = new LabelMap(["a", "b"]);
        var training = Assert.Throws<TrainingFailedException>(() => trainer.FineTune(trainer.Cnn, labels, [4, 4], infinite));
        Assert.Contains("of 'image 6':", training.Message, StringComparison.Ordinal);
        var validation = Assert.Throws<CassInputException>(() => trainer.FineTune(trainer.Cnn, labels, [2, 2], sound, infinite));
        Assert.Contains("'image 6' hold", validation.Message, StringComparison.Ordinal);

        static Tensor Targets(int batch) => tensor(new float[] { 1, 0, 0, 1, 1, 0, 0, 1 }).reshape(4, 2);

        static Tensor OneBad(int batch, float value)
        {
            var images = randn(4, 3, 32, 32);
            if (batch == 1)
            {
                images[2, 0, 5, 5] = value;
            }

            return images;
        }
    }

    [Fact]
    public void Predictions_of_weights_that_are_not_finite_are_refused()
    {
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => (o.Epochs, o.BatchSize) = (1, 8)).Build();
        using var classifier = trainer.FineTune(trainer.Cnn, TinyTraining.Images(8));
        using (no_grad())
        {
            classifier.Network.parameters().First().fill_(double.NaN);
        }

        var error = Assert.Throws<CassException>(() => classifier.Predict([new TinyImage(0, 1)]));
        Assert.Contains($"{TinyBackbones.ResNet} makes numbers that are not finite", error.Message, StringComparison.Ordinal);
        Assert.Throws<CassException>(() => classifier.Evaluate(TinyTraining.Images(4)));
    }

    [Fact]
    public void A_weight_that_is_not_finite_is_never_saved()
    {
        using var folder = new TemporaryFolder();
        using var checkpoints = new CheckpointFolder(new CheckpointOptions { Folder = folder.Path }, NullLogger.Instance);
        var (checkpointer, _) = checkpoints.Open("test", 9, () => []);
        using var good = ones(3);
        using var bad = tensor(new[] { 1f, float.PositiveInfinity });
        RunState State(int batch, Tensor second) => new(new RunPosition(1, batch, batch), [new("first", good), new("second", second)], []);
        checkpointer.Save(() => State(1, good));

        var error = Assert.Throws<TrainingFailedException>(() => checkpointer.Save(() => State(2, bad)));
        checkpointer.SaveAtEnd(() => State(3, bad));

        Assert.Contains("'second'", error.Message, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(folder.Path, "*.json"));
    }

    [Theory]
    [InlineData(5, 4)]
    [InlineData(3, 2)]
    [InlineData(1, null)]
    public void Out_of_memory_says_which_batch_fits(int most, int? fits)
    {
        using var network = TinyBackbones.Registry().Create(TinyBackbones.ResNet);
        using var method = new Hungry(network, most);
        using var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = 1 }, new RunOptions { Device = "cpu" });

        var error = Assert.Throws<DeviceMemoryException>(() =>
            pretrainer.Run(new TensorBatches(2, 16, _ => randn(16, 3, 8, 9)), cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(fits, error.BatchSizeThatFits);
        Assert.Contains("16 images of 8×9", error.Message, StringComparison.Ordinal);
        if (fits is not null)
        {
            Assert.Contains($"Pretraining.BatchSize to {fits}, and Pretraining.Optimizer.AccumulateBatches to {16 / fits}", error.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Wants more memory than any machine has where a batch is larger than some number.</summary>
    private sealed class Hungry : ISelfSupervisedMethod
    {
        private readonly int most;
        private readonly TorchSharp.Modules.Linear layer = nn.Linear(9, 2);

        public Hungry(Backbone network, int most)
        {
            this.most = most;
            Parts = [new TrainablePart("layer", [network, layer])];
            Backbones = new Dictionary<string, Backbone>(StringComparer.Ordinal) { ["network"] = network };
        }

        public string Name => "hungry";

        public IReadOnlyList<TrainablePart> Parts { get; }

        public IReadOnlyDictionary<string, Backbone> Backbones { get; }

        public IReadOnlyList<ImagePipeline> CreateViews(int height, int width, ChannelStatistics normalization) =>
            [CassTransforms.Validation(height, width, normalization)];

        public SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views)
        {
            if (views[0].size(0) > most)
            {
                using var tooLarge = empty(1L << 50);
            }

            return new SelfSupervisedOutput(layer.forward(views[0]).mean(), new Dictionary<string, Tensor>(StringComparer.Ordinal));
        }

        public void Dispose() => layer.Dispose();
    }
}
