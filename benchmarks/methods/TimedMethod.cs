using System.Diagnostics;
using Cass.Data;
using Cass.Training;
using static TorchSharp.torch;

namespace Cass.Methods.Benchmarks;

/// <summary>A method whose passes are timed: from the beginning of the forward pass to the end of the backward pass.</summary>
internal sealed class TimedMethod(ISelfSupervisedMethod method) : ISelfSupervisedMethod
{
    private readonly List<double> passes = [];
    private long start;

    /// <summary>Milliseconds of the passes of each step.</summary>
    public IReadOnlyList<double> Passes => passes;

    public string Name => method.Name;

    public IReadOnlyList<TrainablePart> Parts => method.Parts;

    public IReadOnlyDictionary<string, Backbone> Backbones => method.Backbones;

    public object? Options => method.Options;

    public IEnumerable<KeyValuePair<string, Tensor>> State => method.State;

    public IReadOnlyList<ImagePipeline> CreateViews(int height, int width, ChannelStatistics normalization) => method.CreateViews(height, width, normalization);

    public void BeforeStep(TrainingStep step) => method.BeforeStep(step);

    public SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views)
    {
        start = Stopwatch.GetTimestamp();
        return method.Forward(views);
    }

    public void AfterBackward(TrainingStep step)
    {
        passes.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        method.AfterBackward(step);
    }

    public void AfterStep(TrainingStep step) => method.AfterStep(step);

    /// <summary>Nothing: the method is its maker's.</summary>
    public void Dispose()
    {
    }
}
