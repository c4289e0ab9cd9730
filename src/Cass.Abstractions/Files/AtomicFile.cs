namespace Cass;

/// <summary>
/// Writes files so that a reader finds either the old content or the new, whole: to a temporary file beside the
/// target, flushed to disk, then renamed over it.
/// </summary>
public static class AtomicFile
{
    /// <summary>Writes a file, replacing what is there only once everything is on disk.</summary>
    /// <param name="path">The file; its folder is created where it is missing.</param>
    /// <param name="write">Writes the content. Where it throws, the old file stays and the temporary one is removed.</param>
    /// <exception cref="IOException">The folder cannot be written or the disk is full; the old file is as it was.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentNullException.ThrowIfNull(write);
        var target = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(target) ?? throw new CassInputException($"'{path}' is not a file path.");
        Directory.CreateDirectory(folder);
        var temporary = Path.Combine(folder, $".{Path.GetFileName(target)}.{Guid.NewGuid():N}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 20))
            {
                write(stream);
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

    /// <summary>Writes a text file in UTF-8 without a byte-order mark, atomically.</summary>
    /// <param name="path">The file; its folder is created where it is missing.</param>
    /// <param name="text">Its content.</param>
    public static void WriteText(string path, string text) => Write(path, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        writer.Write(text);
    });
}
