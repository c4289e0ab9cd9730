namespace Cass;

/// <summary>
/// The folders that a path lies in, itself the first: to ask whether a folder is one of them, however it is spelled. Links
/// are followed, and neither path need exist.
/// </summary>
/// <example><code>
/// new EnclosingFolders("data/../data/runs/1").Contains("link-to-data");   // true
/// </code></example>
public sealed class EnclosingFolders
{
    private readonly HashSet<string> paths = new(OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<(ulong Device, ulong Inode)> identities = [];

    /// <summary>Looks up the folders that a path lies in; nothing is opened.</summary>
    /// <param name="path">The path, absolute or relative to the current directory.</param>
    public EnclosingFolders(string path)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        for (var folder = Path.TrimEndingDirectorySeparator(RealPath.Of(path)); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            paths.Add(folder);
            if (IdentityOf(folder) is { } identity)
            {
                identities.Add(identity);
            }
        }
    }

    /// <summary>Whether the path is a folder or lies in it.</summary>
    /// <param name="folder">The folder, absolute or relative to the current directory.</param>
    /// <returns>Whether it is one of those.</returns>
    public bool Contains(string folder)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(folder);

        // The system knows a folder under all of its names, those of other mounts too.
        return IdentityOf(folder) is { } identity
            ? identities.Contains(identity)
            : paths.Contains(Path.TrimEndingDirectorySeparator(RealPath.Of(folder)));
    }

    private static (ulong Device, ulong Inode)? IdentityOf(string folder) =>
        FileStatus.Of(folder) is { Kind: FileKind.Folder, Identity: { } identity } ? (identity.Device, identity.Inode) : null;
}
