namespace Cass.Data;

/// <summary>
/// Lists the files below folders, each folder once, however many links lead to it: first what lies there itself, then what
/// only links lead to. Folders that systems and programs keep for themselves are passed over.
/// </summary>
internal sealed class FolderWalk
{
    /// <summary>Folders of archives of macOS, of Synology, QNAP and Windows, of file systems; those with a dot in front are passed over anyway.</summary>
    private static readonly string[] SystemFolders =
        ["__MACOSX", "@eaDir", "#recycle", "@Recycle", "@Recently-Snapshot", "$RECYCLE.BIN", "RECYCLER", "System Volume Information", "lost+found", "__pycache__"];

    private static readonly string[] SystemFiles = ["Thumbs.db", "ehthumbs.db", "desktop.ini", "Icon\r"];

    private readonly string root;
    private readonly HashSet<string> known = new(StringComparer.Ordinal);
    private readonly List<(string Link, string Start)> links = [];

    /// <summary>Starts at a folder.</summary>
    /// <param name="root">The folder that paths are relative to.</param>
    public FolderWalk(string root)
    {
        this.root = root;
        for (var above = root; known.Add(IdentityOf(above));)
        {
            above = Path.Combine(above, "..");
        }
    }

    /// <summary>Links, by their paths below the root, that lead to a folder that is read at another place.</summary>
    public List<string> LinksToKnown { get; } = [];

    /// <summary>Whether a file or folder is one that a user put there, by its name.</summary>
    public static bool IsVisible(string name) =>
        !name.StartsWith('.')
        && !SystemFolders.Contains(name, StringComparer.OrdinalIgnoreCase)
        && !SystemFiles.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a folder is the root, or one that the root lies in, under another name. Then it is counted among the <see cref="LinksToKnown"/>.</summary>
    /// <param name="folder">A folder below the root.</param>
    public bool LeadsAbove(string folder)
    {
        var leads = known.Contains(IdentityOf(Path.Combine(root, folder)));
        if (leads)
        {
            LinksToKnown.Add(folder);
        }

        return leads;
    }

    /// <summary>Lists the files below some folders.</summary>
    /// <param name="starts">Folders in the root; an empty path for the root itself.</param>
    /// <returns>For each, the files below it by their paths relative to the root, separated by <c>/</c>, in the order of their folders' whole paths and then of their names.</returns>
    /// <exception cref="ManifestException">Two of the folders are one, or one lies in another.</exception>
    public IReadOnlyList<IReadOnlyList<string>> FilesBelow(IReadOnlyList<string> starts)
    {
        var startsByIdentity = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var start in starts.Where(start => start.Length > 0))
        {
            var identity = IdentityOf(Path.Combine(root, start));
            if (!startsByIdentity.TryAdd(identity, start))
            {
                throw new ManifestException($"The class folders '{startsByIdentity[identity]}' and '{start}' in '{root}' are one folder, which a link leads to; remove one.");
            }
        }

        var folders = starts.ToDictionary(start => start, _ => new List<string>(), StringComparer.Ordinal);
        foreach (var start in starts)
        {
            known.Add(IdentityOf(Path.Combine(root, start)));
            Collect(start, start, folders[start], startsByIdentity);
        }

        // A list that grows: what a link leads to may have links in it.
        for (var i = 0; i < links.Count; i++)
        {
            var (link, start) = links[i];
            if (known.Add(IdentityOf(Path.Combine(root, link))))
            {
                Collect(link, start, folders[start], startsByIdentity);
            }
            else
            {
                LinksToKnown.Add(link);
            }
        }

        return [.. starts.Select(start => Files(folders[start]))];
    }

    private void Collect(string first, string start, List<string> folders, Dictionary<string, string> starts)
    {
        var open = new List<string> { first };
        for (var i = 0; i < open.Count; i++)
        {
            folders.Add(open[i]);
            foreach (var folder in new DirectoryInfo(Path.Combine(root, open[i])).EnumerateDirectories().Where(d => IsVisible(d.Name)).OrderBy(d => d.Name, StringComparer.Ordinal))
            {
                var path = Join(open[i], folder.Name);
                if (folder.LinkTarget is not null)
                {
                    links.Add((path, start));
                    continue;
                }

                var identity = IdentityOf(folder.FullName);
                if (starts.TryGetValue(identity, out var other))
                {
                    throw new ManifestException($"The class folder '{other}' in '{root}' is a link to '{path}', which belongs to the class '{start}'; remove the link.");
                }

                if (known.Add(identity))
                {
                    open.Add(path);
                }
            }
        }
    }

    private List<string> Files(List<string> folders) =>
    [
        .. folders.Order(StringComparer.Ordinal).SelectMany(folder => Directory.EnumerateFiles(Path.Combine(root, folder))
            .Select(file => Path.GetFileName(file)).Where(IsVisible).Order(StringComparer.Ordinal).Select(file => Join(folder, file))),
    ];

    private static string Join(string folder, string name) => folder.Length == 0 ? name : $"{folder}/{name}";

    /// <summary>A text that is the same for all paths to a folder.</summary>
    private static string IdentityOf(string folder)
    {
        if (FileStatus.Of(folder).Identity is { } identity)
        {
            return $"{identity.Device}:{identity.Inode}";
        }

        try
        {
            return new DirectoryInfo(folder).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Path.GetFullPath(folder);
        }
        catch (IOException)
        {
            // A chain of links that has no end.
            return Path.GetFullPath(folder);
        }
    }
}
