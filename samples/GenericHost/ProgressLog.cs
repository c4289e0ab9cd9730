using System.Diagnostics;
using Cass;
using Microsoft.Extensions.Logging;

namespace GenericHost;

/// <summary>Logs where a run stands and how long it takes yet, every ten seconds. Epochs, and whatever is odd, are logged by the trainer.</summary>
internal sealed partial class ProgressLog(ILogger logger) : IProgress<TrainingProgress>
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private long lastLogged = Stopwatch.GetTimestamp();

    public void Report(TrainingProgress value)
    {
        if (Stopwatch.GetElapsedTime(lastLogged) >= Interval)
        {
            lastLogged = Stopwatch.GetTimestamp();
            Log(value);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "{Progress}")]
    private partial void Log(TrainingProgress progress);
}
