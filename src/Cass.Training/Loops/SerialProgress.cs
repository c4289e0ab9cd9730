namespace Cass.Training;

/// <summary>Tells of what several threads do, one at a time.</summary>
/// <param name="progress">Who is told.</param>
/// <param name="turn">Held meanwhile, as by all who tell the caller something.</param>
internal sealed class SerialProgress(IProgress<TrainingProgress> progress, Lock turn) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value)
    {
        lock (turn)
        {
            progress.Report(value);
        }
    }
}
