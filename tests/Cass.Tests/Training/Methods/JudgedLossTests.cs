using Cass.Data;
using Cass.Tests.Models;
using Cass.Training;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training.Methods;

/// <summary>What a method's progress is judged by decides which checkpoint is kept as the best.</summary>
public sealed class JudgedLossTests
{
    // By epoch, of both batches: the loss rises, and its mean is lowest in epoch 1; what is judged is lowest in epoch 3.
    private static readonly (double Loss, double Judged)[] Script =
        [(1, 9), (2, 9), (3, 5), (4, 7), (5, 1), (6, 2), (7, 4), (8, 0.5), (9, 8), (10, 8)];

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 1)]
    public void The_best_checkpoint_is_of_the_epoch_with_the_lowest_figure(bool judges, int best)
    {
        using var folder = new TemporaryFolder();
        using var backbone = TinyMethods.Network(TinyBackbones.ConvNeXt);
        using var method = new ScriptedMethod(backbone, judges);
        var options = new RunOptions { Device = "cpu", Checkpoints = { Folder = folder.Path, KeepLast = 1 } };
        using var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = 5 }, options, NullLogger.Instance);
        var history = pretrainer.Run(new ViewBatches(method.CreateViews(32, 32, ViewBatches.Normalization), batches: 2, batchSize: 2), cancellationToken: TestContext.Current.CancellationToken).History;
        Assert.Equal([1.5, 3.5, 5.5, 7.5, 9.5], history.Select(row => row.Loss));
        Assert.Equal(judges ? [9, 6, 1.5, 2.25, 8] : [null, null, null, null, (double?)null], history.Select(row => row.JudgedLoss));

        // A checkpoint of the end of an epoch is named by the place where the next one begins.
        Assert.Equal([best + 1, 6], Directory.EnumerateFiles(folder.Path, "pretraining-*.json").Select(path => int.Parse(Path.GetFileName(path).Split('-')[1], System.Globalization.CultureInfo.InvariantCulture)).Order());
    }

    private sealed class ScriptedMethod(Backbone backbone, bool judges) : ISelfSupervisedMethod
    {
        private readonly Parameter weight = new(zeros(1));
        private long step;

        public string Name => "scripted";

        public IReadOnlyList<TrainablePart> Parts { get; } = [new("backbone", [backbone])];

        public IReadOnlyDictionary<string, Backbone> Backbones { get; } = new Dictionary<string, Backbone>(StringComparer.Ordinal) { ["backbone"] = backbone };

        public IReadOnlyList<ImagePipeline> CreateViews(int height, int width, ChannelStatistics normalization) => [new([new Resize(height, width)], normalization)];

        public void BeforeStep(TrainingStep step) => this.step = step.Step;

        public SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views) => new(weight.sum() + Script[step].Loss, new Dictionary<string, Tensor>(StringComparer.Ordinal))
        {
            JudgedLoss = judges ? tensor(Script[step].Judged) : null,
        };

        public void Dispose() => weight.Dispose();
    }
}
