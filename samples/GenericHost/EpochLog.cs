using Cass;
using Microsoft.Extensions.Logging;

namespace GenericHost;

/// <summary>Logs progress: a line for each epoch, every batch at the level of debugging.</summary>
internal sealed partial class EpochLog(ILogger logger) : IProgress<TrainingProgress>
{
    public void Report(TrainingProgress value) => Log(value.Batch == value.Batches ? LogLevel.Information : LogLevel.Debug, value);

    [LoggerMessage("{Progress}")]
    private partial void Log(LogLevel level, TrainingProgress progress);
}
