using Cass.Data;
using Cass.Training;
using static TorchSharp.torch;

namespace Cass.Tests.Training.Methods;

/// <summary>A method that takes the teacher which its caller would keep along when it goes.</summary>
internal sealed class TaughtMethod(ISelfSupervisedMethod method, Backbone teacher) : ISelfSupervisedMethod
{
    public string Name => method.Name;

    public IReadOnlyList<TrainablePart> Parts => method.Parts;

    public IReadOnlyDictionary<string, Backbone> Backbones => method.Backbones;

    public object? Options => method.Options;

    public IEnumerable<KeyValuePair<string, Tensor>> State => method.State;

    public IReadOnlyList<ImagePipeline> CreateViews(int height, int width, ChannelStatistics normalization) => method.CreateViews(height, width, normalization);

    public SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views) => method.Forward(views);

    public void BeforeStep(TrainingStep step) => method.BeforeStep(step);

    public void AfterBackward(TrainingStep step) => method.AfterBackward(step);

    public void AfterStep(TrainingStep step) => method.AfterStep(step);

    public void Dispose()
    {
        method.Dispose();
        teacher.Dispose();
    }
}
