namespace Cass.Training.Benchmarks;

/// <summary>Reports at once, on the training thread.</summary>
internal sealed class EachBatch(Action<TrainingProgress> report) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => report(value);
}
