using Microsoft.Extensions.Logging;

namespace Cass.Training;

/// <summary>Passes on what several threads log, one line at a time: loggers are anyone's.</summary>
internal sealed class SerialLogger(ILogger logger) : ILogger
{
    private readonly Lock gate = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => logger.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (gate)
        {
            logger.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
