using System.Runtime.InteropServices;
using Cass;
using Cass.Training;

namespace BrainMri.CommandLine;

/// <summary>Turns what went wrong into one line on standard error and an exit code.</summary>
internal static class ErrorReport
{
    private static readonly string[] NativeFrames = ["Exception raised from", "frame #0"];

    /// <param name="error">What ended the run.</param>
    /// <param name="canceled">The exit code where it was cancelled.</param>
    /// <returns>The exit code.</returns>
    public static int Write(Exception error, int canceled)
    {
        error = Cause(error);
        if (error is OperationCanceledException)
        {
            Console.Error.WriteLine("Cancelled; this run has written no results. The same command goes on from here, with --restart from the beginning.");
            return canceled;
        }

        if (error is CheckpointMismatchException mismatch)
        {
            Console.Error.WriteLine($"error: An unfinished run in '{Path.GetDirectoryName(mismatch.Checkpoint)}' has other settings: {string.Join("; ", mismatch.Differences)}. Set them back to go on with it, or give --restart to drop it, or another --output.");
            return ExitCode.BadInput;
        }

        Console.Error.WriteLine($"error: {OneLine(MessageOf(error))}");
        return error is CassInputException ? ExitCode.BadInput : ExitCode.Failure;
    }

    /// <summary>What is said of an error, in whatever lines it has.</summary>
    internal static string MessageOf(Exception error) => error switch
    {
        CassException or UnauthorizedAccessException => error.Message,
        _ when DeviceMemoryException.IsExhausted(error) => "There is not enough memory to go on: lower --batch-size or --image-size, choose smaller networks, or give the process more.",
        IOException => error.Message,

        // The message of an unexpected error alone seldom says what kind of thing happened.
        ExternalException => $"{error.GetType().Name}: {WithoutFrames(error.Message)}",
        _ => $"{error.GetType().Name}: {error.Message}",
    };

    /// <summary>Libtorch lists the functions that it was in, a page of them.</summary>
    private static string WithoutFrames(string message)
    {
        var frames = NativeFrames.Select(begin => message.IndexOf(begin, StringComparison.Ordinal)).Where(at => at > 0).DefaultIfEmpty(message.Length).Min();
        return message[..frames];
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
