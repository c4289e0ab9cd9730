using Cass;

namespace BrainMri.CommandLine;

/// <summary>Turns what went wrong into one line on standard error and an exit code.</summary>
internal static class ErrorReport
{
    public static int Write(Exception error)
    {
        error = Cause(error);
        if (error is OperationCanceledException)
        {
            Console.Error.WriteLine("Cancelled; no results were written.");
            return ExitCode.Cancelled;
        }

        // The message of an unexpected error alone seldom says what kind of thing happened.
        var message = error is CassException or IOException or UnauthorizedAccessException ? error.Message : $"{error.GetType().Name}: {error.Message}";
        Console.Error.WriteLine($"error: {OneLine(message)}");
        return error is CassInputException ? ExitCode.BadInput : ExitCode.Failure;
    }

    private static Exception Cause(Exception error)
    {
        while (error is AggregateException or TypeInitializationException or System.Reflection.TargetInvocationException && error.InnerException is { } inner)
        {
            error = inner;
        }

        return error;
    }

    private static string OneLine(string text) =>
        string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
