using Cass.Data;
using Cass.Tests.Models;
using Cass.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Tests.Training.Pretraining;

/// <summary>A method that does as it is told: the smallest of networks, whose outputs' squares are the loss unless something else is asked for.</summary>
internal sealed class PlainMethod : ISelfSupervisedMethod
{
    public PlainMethod(int seed = 1)
    {
        random.manual_seed(seed);
        Network = TinyBackbones.Registry().Create(TinyBackbones.ConvNeXt);
        Parts = [new TrainablePart("network", [Network])];
        Backbones = new Dictionary<string, Backbone>(StringComparer.Ordinal) { ["network"] = Network };
    }

    public string Name => "plain method";

    public Backbone Network { get; }

    public IReadOnlyList<TrainablePart> Parts { get; set; }

    public IReadOnlyDictionary<string, Backbone> Backbones { get; set; }

    public object? Options { get; set; }

    public IEnumerable<KeyValuePair<string, Tensor>> State { get; set; } = [];

    /// <summary>Makes the output of the pooled features.</summary>
    public Func<Tensor, SelfSupervisedOutput> Output { get; set; } = Usual;

    public static SelfSupervisedOutput Usual(Tensor features) => new(features.square().mean(), Embeddings(features.detach()));

    public static Dictionary<string, Tensor> Embeddings(Tensor embeddings) => new(StringComparer.Ordinal) { ["network"] = embeddings };

    public IReadOnlyList<ImagePipeline> CreateViews(int height, int width, ChannelStatistics normalization) => [new([new RandomResizedCrop(height, width, (0.5, 1.0))], normalization)];

    public SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views) => Output(Network.ForwardPooled(views[0]));

    /// <summary>Pretrains for a short while, on 16 images in batches of 4.</summary>
    public IReadOnlyList<PretrainingEpoch> Pretrain(Action<PretrainingOptions>? configure = null, string? checkpoints = null, Action<Pretrainer>? prepare = null, IProgress<TrainingProgress>? progress = null)
    {
        var options = new PretrainingOptions { Epochs = 2, BatchSize = 4 };
        configure?.Invoke(options);
        using var pretrainer = new Pretrainer(this, options, new RunOptions { Device = "cpu", Checkpoints = { Folder = checkpoints, EveryMinutes = 1e-9 } }, Logger);
        prepare?.Invoke(pretrainer);
        return pretrainer.Run(TinyTraining.Images(16).Images, progress).History;
    }

    public LogLines Logger { get; } = new();

    public void Dispose() => Network.Dispose();
}
