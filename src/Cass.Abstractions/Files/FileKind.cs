namespace Cass;

/// <summary>What a path leads to, links followed.</summary>
public enum FileKind
{
    /// <summary>The system does not say, as where a folder above it may not be entered.</summary>
    Unknown,

    /// <summary>Nothing: there is no such file, or a link whose target is missing.</summary>
    Missing,

    /// <summary>A file with content.</summary>
    File,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A named pipe (FIFO), which makes its reader wait for somebody to write.</summary>
    Pipe,

    /// <summary>A socket.</summary>
    Socket,

    /// <summary>A device, such as a terminal or <c>/dev/zero</c>, which may have no end.</summary>
    Device,
}
