using Microsoft.Extensions.Logging;

namespace BrainMri.Display;

/// <summary>Writes warnings of the images and of the trainer, a line each, and each once.</summary>
internal sealed class WarningLog(TextWriter writer) : ILogger
{
    private readonly HashSet<string> written = new(StringComparer.Ordinal);

    /// <summary>Writes a warning.</summary>
    public void Warn(string warning)
    {
        if (written.Add(warning))
        {
            writer.WriteLine($"warning: {warning}");
        }
    }

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
            Warn(formatter(state, exception));
        }
    }
}
