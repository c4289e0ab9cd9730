namespace Cass.Tests.Training;

/// <summary>Collects the loss of every batch, at once and on the same thread.</summary>
internal sealed class LossRecorder : IProgress<TrainingProgress>
{
    public List<double> Values { get; } = [];

    public void Report(TrainingProgress value) => Values.Add(value.Loss!.Value);
}
