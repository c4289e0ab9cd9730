using System.Runtime.Versioning;
using System.Text;

namespace Cass;

/// <summary>
/// Writes files so that a reader finds either the old content or the new, whole: to a temporary file beside the
/// target, flushed to disk, then renamed over it.
/// </summary>
/// <remarks>
/// To its user it is like a plain write. A file that is replaced keeps its permissions and, on Linux and as far as the process may
/// give files away, its owner and group; where it cannot keep the group, the new group may do no more than everybody.
/// A symbolic link stays, and the file that it leads to is replaced, or created. What is no plain file, such as
/// <c>/dev/stdout</c> or a named pipe, is written to once the content is whole. A file that the process may not write is
/// not replaced. In one thing it differs: other hard links to a file keep the old content.
/// </remarks>
public static class AtomicFile
{
    private const int LongestNameInBytes = 200;
    private const int MostLinks = 40;
    private const UnixFileMode GroupBits = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute;
    private const UnixFileMode OtherBits = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
    private const UnixFileMode UserBits = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Writes a file, replacing what is there only once everything is on disk.</summary>
    /// <param name="path">The file; its folder is created where it is missing.</param>
    /// <param name="write">Writes the content. Where it throws, the old file stays and the temporary one is removed.</param>
    /// <exception cref="IOException">The path is a folder, the disk is full, or the file cannot be written for another reason; the old file is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">The process may not write the file, or not create one in its folder; the old file is as it was.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(write);
        var target = Path.GetFullPath(path);
        if (Directory.Exists(target))
        {
            throw new IOException($"'{target}' is a folder, and a file of this name is to be written.");
        }

        if (OperatingSystem.IsLinux() && (FileStatus.Of(target).Kind is FileKind.Pipe or FileKind.Socket or FileKind.Device || IsOpenFile(target)))
        {
            WriteThrough(target, write);
        }
        else
        {
            Replace(RealPath.Of(target), write);
        }
    }

    /// <summary>Writes a text file in UTF-8 without a byte-order mark, atomically.</summary>
    /// <param name="path">The file; its folder is created where it is missing.</param>
    /// <param name="text">Its content.</param>
    /// <exception cref="IOException">As for <see cref="Write"/>.</exception>
    /// <exception cref="UnauthorizedAccessException">As for <see cref="Write"/>.</exception>
    public static void WriteText(string path, string text) => Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        writer.Write(text);
    });

    private static void Replace(string target, Action<Stream> write)
    {
        var folder = Path.GetDirectoryName(target) ?? throw new CassInputException($"'{target}' is not a file path.");
        var name = Path.GetFileName(target);
        if (new FileInfo(target).LinkTarget is not null)
        {
            throw new IOException($"'{target}' is a link that leads back to itself.");
        }

        Directory.CreateDirectory(folder);
        var isNew = !File.Exists(target);
        if (!isNew && OperatingSystem.IsLinux() && !FileOwnership.IsWritable(target))
        {
            throw new UnauthorizedAccessException($"'{target}' is write-protected.");
        }

        var prefix = Encoding.UTF8.GetByteCount(name) <= LongestNameInBytes ? "." + name : string.Empty;
        var temporary = Path.Combine(folder, $"{prefix}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (var stream = Create(temporary, target, isNew))
            {
                write(stream);
                if (!isNew && !OperatingSystem.IsWindows())
                {
                    KeepPermissions(target, stream);
                }

                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch (ArgumentOutOfRangeException error) when (error.TargetSite?.DeclaringType == typeof(RandomAccess))
        {
            // What .NET makes of a file that grows beyond the limit of its process or file system.
            File.Delete(temporary);
            throw new IOException($"'{target}' would be larger than the system lets a file be.", error);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static FileStream Create(string temporary, string target, bool isNew)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 1 << 20 };
        if (!isNew && !OperatingSystem.IsWindows())
        {
            // Nobody else may look into it before it has the permissions of the file that it replaces.
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            return new FileStream(temporary, options);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new UnauthorizedAccessException($"'{target}' cannot be written: its folder takes no new file, and the new content is written beside the old first.", error);
        }
        catch (IOException error)
        {
            throw new IOException($"'{target}' cannot be written: {error.Message}", error);
        }
    }

    [UnsupportedOSPlatform("windows")]
    private static void KeepPermissions(string target, FileStream stream)
    {
        var mode = File.GetUnixFileMode(target) & (UserBits | GroupBits | OtherBits);
        if (OperatingSystem.IsLinux() && FileStatus.Of(target).Ownership is { } old && FileStatus.Of(stream.Name).Ownership != old && !old.TryGive(stream.SafeFileHandle))
        {
            mode &= ~GroupBits | (UnixFileMode)((int)(mode & OtherBits) << 3);
        }

        File.SetUnixFileMode(stream.SafeFileHandle, mode);
    }

    /// <summary>Whether a path leads to one of the open files of a process, as <c>/dev/stdout</c> does: others write to the same one.</summary>
    [SupportedOSPlatform("linux")]
    private static bool IsOpenFile(string path)
    {
        for (var links = 0; links < MostLinks; links++)
        {
            path = Path.Combine(RealPath.Of(Path.GetDirectoryName(path)!), Path.GetFileName(path));
            if (new FileInfo(path).LinkTarget is not { } next)
            {
                return false;
            }

            if (path.StartsWith("/proc/", StringComparison.Ordinal))
            {
                return true;
            }

            path = Path.GetFullPath(next, Path.GetDirectoryName(path)!);
        }

        return false;
    }

    /// <summary>Writes to what cannot be replaced, and only what is whole.</summary>
    [SupportedOSPlatform("linux")]
    private static void WriteThrough(string target, Action<Stream> write)
    {
        // Some content is written back and forth, which a pipe does not allow.
        var temporary = Path.Combine(Path.GetTempPath(), $".{Guid.NewGuid():N}.tmp");
        using var whole = new FileStream(temporary, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.DeleteOnClose,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        write(whole);
        whole.Position = 0;
        using var destination = new FileStream(target, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        whole.CopyTo(destination);
    }
}
