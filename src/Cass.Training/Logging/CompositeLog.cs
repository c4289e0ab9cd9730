namespace Cass.Training;

/// <summary>Records figures in several places.</summary>
internal sealed class CompositeLog(IReadOnlyList<IRunLog> logs) : IRunLog
{
    public void Begin(string phase, int? resumedAt)
    {
        foreach (var log in logs)
        {
            log.Begin(phase, resumedAt);
        }
    }

    public void Precision(string phase, PrecisionChoice choice)
    {
        foreach (var log in logs)
        {
            log.Precision(phase, choice);
        }
    }

    public void Scalar(string tag, double value, int step)
    {
        foreach (var log in logs)
        {
            log.Scalar(tag, value, step);
        }
    }

    public void Data(string phase, DataManifest manifest)
    {
        foreach (var log in logs)
        {
            log.Data(phase, manifest);
        }
    }

    public void Dispose()
    {
        foreach (var log in logs)
        {
            log.Dispose();
        }
    }
}
