using Microsoft.Extensions.Logging;

namespace BrainMri.Display;

/// <summary>Writes the trainer's warnings, and that it goes on from a checkpoint, a line each.</summary>
internal sealed class WarningLog(TextWriter writer) : ILogger
{
    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            writer.WriteLine($"warning: {formatter(state, exception)}");
        }
    }
}
