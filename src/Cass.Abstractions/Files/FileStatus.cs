using System.Runtime.InteropServices;

namespace Cass;

/// <summary>
/// What the system knows of a path without opening it: opening a pipe waits, and reading a device may never end.
/// </summary>
public readonly partial record struct FileStatus
{
    private const int NoEntry = 2;
    private const int NotAFolder = 20;

    private FileStatus(FileKind kind, FileIdentity? identity = null, uint hardLinks = 1, FileOwnership? ownership = null)
    {
        Kind = kind;
        Identity = identity;
        HardLinks = hardLinks;
        Ownership = ownership;
    }

    /// <summary>What the path leads to, links followed. On Linux all kinds are told apart, elsewhere files and folders.</summary>
    public FileKind Kind { get; }

    /// <summary>Which file it is; null where there is none or the system does not tell. Known on Linux.</summary>
    public FileIdentity? Identity { get; }

    /// <summary>Number of names that the file has in its file system, links not counted; 1 where the system does not tell.</summary>
    public uint HardLinks { get; }

    /// <summary>Whether it has content to be read, as far as is known.</summary>
    public bool IsReadable => Kind is FileKind.File or FileKind.Unknown;

    /// <summary>Whose it is; null where there is none or the system does not tell.</summary>
    internal FileOwnership? Ownership { get; }

    /// <summary>Where a path leads, links followed, as an absolute path without links; what does not exist is kept as it is written.</summary>
    /// <param name="path">The path, absolute or relative to the current directory.</param>
    /// <returns>The path.</returns>
    public static string RealPathOf(string path) => RealPath.Of(path);

    /// <summary>Looks a path up; nothing is opened.</summary>
    /// <param name="path">The path, absolute or relative to the current directory.</param>
    /// <returns>What it leads to.</returns>
    public static FileStatus Of(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            return new FileStatus(FileKind.Missing);
        }

        return (OperatingSystem.IsLinux() ? OfLinux(path) : null) ?? Managed(path);
    }

    /// <summary>Refuses what would be waited for, or has no content: a pipe, a socket, a device.</summary>
    /// <param name="path">The path of a file that is about to be opened. A missing file and a folder pass: opening them fails at once.</param>
    /// <exception cref="CassInputException">It is such; the message names it.</exception>
    public static void RequireContent(string path)
    {
        var status = Of(path);
        if (status.Kind is FileKind.Pipe or FileKind.Socket or FileKind.Device)
        {
            throw new CassInputException($"'{path}' is {status.Description}, not a file; write what it gives to a file, and name that.");
        }
    }

    /// <summary>What it is, in words with an article, for messages.</summary>
    public string Description => Kind switch
    {
        FileKind.Pipe => "a named pipe (FIFO)",
        FileKind.Socket => "a socket",
        FileKind.Device => "a device",
        FileKind.Folder => "a folder",
        FileKind.File => "a file",
        FileKind.Missing => "missing",
        _ => "of an unknown kind",
    };

    private static FileStatus Managed(string path) =>
        new(Directory.Exists(path) ? FileKind.Folder : File.Exists(path) ? FileKind.File : FileKind.Missing);

    /// <summary>Asks the kernel; null where it cannot be asked.</summary>
    private static FileStatus? OfLinux(string path)
    {
        const int CurrentDirectory = -100;
        const uint BasicStatistics = 0x7ff;
        Span<byte> status = stackalloc byte[256];
        int result;
        try
        {
            result = StatX(CurrentDirectory, path, flags: 0, BasicStatistics, ref MemoryMarshal.GetReference(status));
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }

        if (result != 0)
        {
            return Marshal.GetLastPInvokeError() is NoEntry or NotAFolder ? new FileStatus(FileKind.Missing) : null;
        }

        // struct statx, which is the same on every architecture (statx(2)).
        var links = Read32(status, 16);
        var type = BitConverter.ToUInt16(status[28..]) & 0xF000;
        var inode = BitConverter.ToUInt64(status[32..]);
        var size = BitConverter.ToUInt64(status[40..]);
        var modified = (BitConverter.ToInt64(status[112..]) * 1_000_000_000) + Read32(status, 120);
        var device = ((ulong)Read32(status, 136) << 32) | Read32(status, 140);
        var kind = type switch
        {
            0x8000 => FileKind.File,
            0x4000 => FileKind.Folder,
            0x1000 => FileKind.Pipe,
            0xC000 => FileKind.Socket,
            0x2000 or 0x6000 => FileKind.Device,
            _ => FileKind.Unknown,
        };
        return new FileStatus(kind, new FileIdentity(device, inode, size, modified), links, new FileOwnership(Read32(status, 20), Read32(status, 24)));
    }

    private static uint Read32(ReadOnlySpan<byte> status, int offset) => BitConverter.ToUInt32(status[offset..]);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int StatX(int folder, string path, int flags, uint mask, ref byte status);
}
