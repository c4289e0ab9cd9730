namespace Cass.Training;

/// <summary>Records figures in several places. Safe for use by phases that are under way at the same time.</summary>
internal sealed class CompositeLog(IReadOnlyList<IRunLog> logs) : IRunLog
{
    private readonly Lock gate = new();

    public void Begin(string phase, int? resumedAt)
    {
        lock (gate)
        {
            foreach (var log in logs)
            {
                log.Begin(phase, resumedAt);
            }
        }
    }

    public void Precision(string phase, PrecisionChoice choice)
    {
        lock (gate)
        {
            foreach (var log in logs)
            {
                log.Precision(phase, choice);
            }
        }
    }

    public void Scalar(string phase, string tag, double value, int step)
    {
        lock (gate)
        {
            foreach (var log in logs)
            {
                log.Scalar(phase, tag, value, step);
            }
        }
    }

    public void Data(string phase, DataManifest manifest)
    {
        lock (gate)
        {
            foreach (var log in logs)
            {
                log.Data(phase, manifest);
            }
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
