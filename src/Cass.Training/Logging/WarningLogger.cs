using Microsoft.Extensions.Logging;

namespace Cass.Training;

/// <summary>
/// What a trainer without a logger warns with: warnings and errors, a line each, on standard error, so that a collapse or a
/// checkpoint that could not be written does not go unseen.
/// </summary>
/// <param name="writer">Where lines go; standard error, as it is at the time, where null.</param>
internal sealed class WarningLogger(TextWriter? writer = null) : ILogger
{
    public static WarningLogger Instance { get; } = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel is >= LogLevel.Warning and not LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            (writer ?? Console.Error).WriteLine($"CASS {logLevel.ToString().ToLowerInvariant()}: {formatter(state, exception)}");
        }
    }
}
