using Microsoft.Extensions.Logging;
using Microsoft.ML.Runtime;

namespace Cass.ML;

/// <summary>Passes what a trainer logs to a channel of ML.NET, and so to the event <c>MLContext.Log</c>.</summary>
internal sealed class ChannelLogger(IChannel channel) : ILogger
{
    // Messages name files and classes.
    private const MessageSensitivity Sensitivity = MessageSensitivity.UserData | MessageSensitivity.Schema;
    private readonly Lock gate = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        var message = formatter(state, exception);
        message = exception is null ? message : $"{message} {exception.Message}";
        lock (gate)
        {
            switch (logLevel)
            {
                case LogLevel.Critical or LogLevel.Error:
                    channel.Error(Sensitivity, message);
                    break;
                case LogLevel.Warning:
                    channel.Warning(Sensitivity, message);
                    break;
                case LogLevel.Information:
                    channel.Info(Sensitivity, message);
                    break;
                case LogLevel.Debug or LogLevel.Trace:
                    channel.Trace(Sensitivity, message);
                    break;
            }
        }
    }
}
