using Cass;
using Cass.Training;

namespace BrainMri.CommandLine;

/// <summary>Turns what went wrong into one line on standard error and an exit code.</summary>
internal static class ErrorReport
{
    /// <param name="error">What ended the run.</param>
    /// <param name="cancelled">The exit code where it was cancelled.</param>
    /// <returns>The exit code.</returns>
    public static int Write(Exception error, int cancelled)
    {
        error = Cause(error);
        if (error is OperationCanceledException)
        {
            Console.Error.WriteLine("Cancelled; this run has written no results. The same command goes on from here, with --restart from the beginning.");
            return cancelled;
        }

        if (error is CheckpointMismatchException mismatch)
        {
            Console.Error.WriteLine($"error: An unfinished run in '{Path.GetDirectoryName(mismatch.Checkpoint)}' has other settings: {string.Join("; ", mismatch.Differences)}. Set them back to go on with it, or give --restart to drop it, or another --output.");
            return ExitCode.BadInput;
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
