namespace BrainMri.CommandLine;

/// <summary>What the process tells the shell.</summary>
internal static class ExitCode
{
    public const int Success = 0;

    /// <summary>Something that the user gave cannot be used; nothing was written.</summary>
    public const int BadInput = 2;

    /// <summary>A failure while running.</summary>
    public const int Failure = 3;

    /// <summary>Ctrl+C, as shells number it: 128 + SIGINT.</summary>
    public const int Interrupted = 130;

    /// <summary>Told to end, by a service manager or kill: 128 + SIGTERM.</summary>
    public const int Terminated = 143;
}
