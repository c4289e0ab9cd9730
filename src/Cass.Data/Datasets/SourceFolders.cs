using System.Text;

namespace Cass.Data;

/// <summary>The folders that images are read from: what is written there may be taken for an image, or for a class, by whoever reads them next.</summary>
internal static class SourceFolders
{
    /// <summary>The folders of images that were found below a folder, that one first, with all between them and the images.</summary>
    public static IReadOnlyList<string> OfFolder(PathColumn images)
    {
        var folders = new HashSet<string>(StringComparer.Ordinal);
        foreach (var relative in RelativeFolders(images))
        {
            // A link on the way to an image may lead out of the folder.
            for (var folder = relative; folder.Length > 0 && folders.Add(folder); folder = Path.GetDirectoryName(folder) ?? string.Empty)
            {
            }
        }

        return [images.Root, .. folders.Select(folder => Path.Combine(images.Root, folder))];
    }

    /// <summary>
    /// The folders of images that a manifest names; the folder that all of them are in, if it is the manifest's or below; and the
    /// manifest's own. Where the process works in one of the last two, everything is in it, and it is not counted.
    /// </summary>
    public static IReadOnlyList<string> OfManifest(PathColumn images, string home)
    {
        string[] folders = [.. RelativeFolders(images).Select(folder => Path.GetFullPath(folder, images.Root)).Distinct(StringComparer.Ordinal)];
        var common = folders.Aggregate(Common);
        var aroundTheProcess = new EnclosingFolders(Directory.GetCurrentDirectory());
        return
        [
            .. folders,
            .. new EnclosingFolders(common).Contains(home) && !aroundTheProcess.Contains(common) ? [common] : Array.Empty<string>(),
            .. aroundTheProcess.Contains(home) ? Array.Empty<string>() : [home],
        ];
    }

    /// <summary>The folders of those images that are in files.</summary>
    public static IReadOnlyList<string> OfFiles(IEnumerable<IImageSource> images) =>
    [
        .. images.OfType<ImageFile>().Select(image => Path.GetDirectoryName(Path.GetFullPath(image.Path))).OfType<string>().Distinct(StringComparer.Ordinal),
    ];

    private static IEnumerable<string> RelativeFolders(PathColumn images)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        byte[]? last = null;
        for (var row = 0; row < images.Count; row++)
        {
            // Images of a folder mostly come one after the other.
            if (last is null || !FolderOf(images.Utf8(row)).SequenceEqual(last))
            {
                last = FolderOf(images.Utf8(row)).ToArray();
                if (Encoding.UTF8.GetString(last) is var folder && seen.Add(folder))
                {
                    yield return folder;
                }
            }
        }
    }

    private static ReadOnlySpan<byte> FolderOf(ReadOnlySpan<byte> path)
    {
        var end = OperatingSystem.IsWindows() ? path.LastIndexOfAny((byte)'/', (byte)'\\') : path.LastIndexOf((byte)'/');
        return end < 0 ? [] : path[..Math.Max(end, 1)];
    }

    private static string Common(string first, string second)
    {
        while (!second.Equals(first, StringComparison.Ordinal) && !second.StartsWith(Path.EndsInDirectorySeparator(first) ? first : first + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            if (Path.GetDirectoryName(first) is not { } parent)
            {
                return first;
            }

            first = parent;
        }

        return first;
    }
}
