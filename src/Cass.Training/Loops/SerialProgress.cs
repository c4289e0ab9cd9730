namespace Cass.Training;

/// <summary>Tells of what several threads do, one at a time.</summary>
internal sealed class SerialProgress(IProgress<TrainingProgress> progress) : IProgress<TrainingProgress>
{
    private readonly Lock gate = new();

    public void Report(TrainingProgress value)
    {
        lock (gate)
        {
            progress.Report(value);
        }
    }
}
