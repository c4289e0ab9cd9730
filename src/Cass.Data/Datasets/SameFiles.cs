namespace Cass.Data;

/// <summary>Rows of a list of files that lead to one file, however their paths are spelled.</summary>
internal static class SameFiles
{
    /// <summary>Looks every file up once, on all processors; nothing is opened.</summary>
    public static FileStatus[] Status(PathColumn files)
    {
        var status = new FileStatus[files.Count];
        Parallel.For(0, status.Length, row => status[row] = FileStatus.Of(files.NameOf(row)));
        return status;
    }

    /// <summary>Rows whose paths are equal once <c>.</c>, <c>..</c> and doubled separators are resolved, each with the first of its kind.</summary>
    public static IEnumerable<(int First, int Row)> ByPath(PathColumn files)
    {
        // Hashes in place of the paths: a million of them would take as much memory again as the dataset.
        var seen = new Dictionary<ulong, int>(files.Count);
        for (var row = 0; row < files.Count; row++)
        {
            var path = FullPath(row);
            var hash = System.IO.Hashing.XxHash3.HashToUInt64(System.Runtime.InteropServices.MemoryMarshal.AsBytes(path.AsSpan()));
            if (!seen.TryAdd(hash, row) && string.Equals(FullPath(seen[hash]), path, StringComparison.Ordinal))
            {
                yield return (seen[hash], row);
            }
        }

        string FullPath(int row)
        {
            var path = Path.GetFullPath(files.NameOf(row));
            return OperatingSystem.IsWindows() ? path.ToUpperInvariant() : path;
        }
    }

    /// <summary>Rows that are one file by what the file system says, each with the first of its kind: links, and hard links.</summary>
    public static IEnumerable<(int First, int Row)> ByIdentity(IReadOnlyList<FileStatus> status)
    {
        var seen = new Dictionary<FileIdentity, int>(status.Count);
        for (var row = 0; row < status.Count; row++)
        {
            if (status[row].Identity is { } identity && !seen.TryAdd(identity, row))
            {
                yield return (seen[identity], row);
            }
        }
    }

    /// <summary>Refuses a list with something that would be waited for.</summary>
    /// <exception cref="ManifestException">A row is a pipe, a socket or a device.</exception>
    public static void RequireContent(PathColumn files, IReadOnlyList<FileStatus> status)
    {
        for (var row = 0; row < status.Count; row++)
        {
            if (status[row].Kind is FileKind.Pipe or FileKind.Socket or FileKind.Device)
            {
                throw new ManifestException($"'{files.NameOf(row)}' is {status[row].Description}, not an image; move or remove it.");
            }
        }
    }
}
