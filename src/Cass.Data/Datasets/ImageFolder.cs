using System.Text;

namespace Cass.Data;

/// <summary>
/// Reads images from a folder per class, in the order of torchvision's <c>ImageFolder</c>: by class, then by folder and
/// file name.
/// </summary>
/// <remarks>
/// Links are followed, and a folder that several paths lead to is read once. Folders that systems and programs keep for
/// themselves are passed over: <c>__MACOSX</c>, <c>@eaDir</c>, <c>$RECYCLE.BIN</c> and others, and all whose names begin
/// with a dot. What else is left out is said in <see cref="ImageDataset.Warnings"/>.
/// </remarks>
public static class ImageFolder
{
    /// <summary>Lists the images of a folder; none is opened.</summary>
    /// <param name="directory">The folder; each folder in it is a class, with images in it or further down.</param>
    /// <param name="options">Choices; null for the defaults.</param>
    /// <returns>The images with their classes.</returns>
    /// <exception cref="ManifestException">
    /// The folder is missing, holds no images or no classes; a class has no images or is unknown; two names of classes differ
    /// only in case, white space or Unicode form; links put one image into two classes; a pipe or a device is named like an image.
    /// </exception>
    public static ImageDataset Read(string directory, ImageFolderOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        options ??= new ImageFolderOptions();
        if (!Directory.Exists(directory))
        {
            throw new ManifestException(FileStatus.Of(directory) is { Kind: not FileKind.Missing } other
                ? $"'{directory}' is {other.Description}, not a folder of images; name the folder, or read a manifest with {nameof(CsvManifest)}."
                : $"The image folder '{directory}' does not exist; check the path (it is looked up in '{Directory.GetCurrentDirectory()}').");
        }

        try
        {
            return Read(directory, new FolderWalk(directory), options);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new ManifestException($"The image folder '{directory}' cannot be listed: {e.Message}", e);
        }
    }

    private static ImageDataset Read(string directory, FolderWalk walk, ImageFolderOptions options)
    {
        var classes = options.ClassPerFolder ? Classes(directory, walk, options) : (string?[])[null];
        var paths = new PathColumn(directory, options.Decoding);
        var builder = new ImageDatasetBuilder(paths, options.Labels, multiLabel: false);
        var leftOut = new List<string>();
        foreach (var (name, files) in classes.Zip(walk.FilesBelow([.. classes.Select(name => name ?? string.Empty)])))
        {
            var before = builder.Count;
            foreach (var file in files)
            {
                if (IsImage(file, options))
                {
                    builder.AddPath(Encoding.UTF8.GetBytes(file), name, options.Group?.Invoke(file));
                }
                else
                {
                    leftOut.Add(file);
                }
            }

            if (builder.Count == before)
            {
                throw NoImages(directory, name, files, options);
            }
        }

        if (options.ClassPerFolder)
        {
            WarnOfLayout(builder, directory, classes!, options);
        }

        WarnOfLeftOut(builder, directory, leftOut, options);
        if (walk.LinksToKnown is [var link, ..])
        {
            builder.Warnings.Add($"In '{directory}', {Counted(walk.LinksToKnown.Count, "link")} to folders that are read anyway, or hold this one, were not followed, such as '{link}'.");
        }

        CheckFiles(builder, directory, paths, classes);
        return builder.Build();
    }

    private static string[] Classes(string directory, FolderWalk walk, ImageFolderOptions options)
    {
        string[] classes =
        [
            .. Directory.EnumerateDirectories(directory).Select(d => Path.GetFileName(d))
                .Where(FolderWalk.IsVisible).Order(StringComparer.Ordinal).Where(d => !walk.LeadsAbove(d)),
        ];
        if (classes.Length == 0)
        {
            string[] files = [.. Directory.EnumerateFiles(directory).Select(f => Path.GetFileName(f)).Where(FolderWalk.IsVisible)];
            throw files.Any(f => IsImage(f, options))
                ? new ManifestException($"The image folder '{directory}' holds images but no folder per class; name the folder above{options.Advise(nameof(options.ClassPerFolder), name => $", or set {name} to false to read them unlabelled")}.")
                : NoImages(directory, name: null, files, options);
        }

        foreach (var name in classes)
        {
            if (options.Labels is { } labels && !labels.TryGetId(name, out _))
            {
                throw new ManifestException($"The folder '{NameLikeness.Shown(name)}' in '{directory}' is none of the classes {labels}{ImageDatasetBuilder.Suggest(name, labels)}; rename or move it.");
            }
        }

        return options.Labels is null && NameLikeness.FirstPair(classes) is var (first, second)
            ? throw new ManifestException(
                $"The class folders '{NameLikeness.Shown(first)}' and '{NameLikeness.Shown(second)}' in '{directory}' differ only in {NameLikeness.Difference(first, second)}; put their images into one{options.Advise(nameof(options.Labels), name => $". If two classes are meant, set {name} to a label map that has both")}.")
            : classes;
    }

    private static void WarnOfLayout(ImageDatasetBuilder builder, string directory, string[] classes, ImageFolderOptions options)
    {
        if (SplitNames.Describe(classes))
        {
            var part = classes.First(SplitNames.IsPart);
            builder.Warnings.Add(
                $"The folders in '{directory}' are named like the parts of a split ({string.Join(", ", classes.Where(SplitNames.IsPart))}), and each is read as one class. If they are such parts, name one of them, such as '{Path.Combine(directory, part)}', whose folders are then the classes.");
        }

        string[] beside = [.. Directory.EnumerateFiles(directory).Select(f => Path.GetFileName(f)).Where(f => FolderWalk.IsVisible(f) && IsImage(f, options)).Order(StringComparer.Ordinal)];
        if (beside.Length > 0)
        {
            builder.Warnings.Add($"{Counted(beside.Length, "image")} in '{directory}' {(beside.Length == 1 ? "lies" : "lie")} beside the class folders, such as '{beside[0]}', {(beside.Length == 1 ? "belongs" : "belong")} to no class and {(beside.Length == 1 ? "was" : "were")} left out; move {(beside.Length == 1 ? "it" : "them")} into a folder.");
        }
    }

    private static void WarnOfLeftOut(ImageDatasetBuilder builder, string directory, List<string> files, ImageFolderOptions options)
    {
        if (files.Count == 0)
        {
            return;
        }

        builder.Warnings.Add(
            $"{Counted(files.Count, "file")} in '{directory}' {(files.Count == 1 ? "was" : "were")} left out for {(files.Count == 1 ? "its" : "their")} kind: {Kinds(files)}, such as '{files[0]}'. Images are files of the kinds {string.Join(", ", options.Extensions)}; convert others that belong to them.");
    }

    /// <summary>Refuses what would be waited for and what is in two classes at once.</summary>
    private static void CheckFiles(ImageDatasetBuilder builder, string directory, PathColumn paths, string?[] classes)
    {
        var status = SameFiles.Status(paths);
        SameFiles.RequireContent(paths, status);
        var (repeated, hardLinked) = (new List<int>(), new List<(int First, int Row)>());
        foreach (var (first, row) in SameFiles.ByIdentity(status))
        {
            if (string.Equals(ClassOf(first), ClassOf(row), StringComparison.Ordinal))
            {
                if (status[row].HardLinks == 1)
                {
                    repeated.Add(row);
                }
            }
            else if (status[row].HardLinks == 1)
            {
                throw new ManifestException($"'{paths.NameOf(row)}' and '{paths.NameOf(first)}' are one file, which a link puts into two classes; decide on one, and remove the other.");
            }
            else
            {
                hardLinked.Add((first, row));
            }
        }

        if (repeated.Count > 0)
        {
            builder.Warnings.Add($"{Counted(repeated.Count, "link")} in '{directory}' {(repeated.Count == 1 ? "leads" : "lead")} to an image that is in the same class already, such as '{paths.NameOf(repeated[0])}'; it counts twice.");
        }

        if (hardLinked is [var (one, other), ..])
        {
            builder.Warnings.Add($"{Counted(hardLinked.Count, "file")} in '{directory}' {(hardLinked.Count == 1 ? "is" : "are")} in two classes at once by a hard link, such as '{paths.NameOf(other)}' and '{paths.NameOf(one)}'; decide on one class.");
        }

        string? ClassOf(int row) => classes is [null] ? null : Encoding.UTF8.GetString(paths.Utf8(row)).Split('/')[0];
    }

    private static bool IsImage(string file, ImageFolderOptions options) =>
        options.Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);

    private static string Counted(int count, string what) => $"{count:N0} {what}{(count == 1 ? string.Empty : "s")}";

    /// <summary>How often each extension comes up: <c>12 .tif, 2 without an extension</c>.</summary>
    private static string Kinds(IReadOnlyCollection<string> files)
    {
        const int Shown = 8;
        string[] kinds =
        [
            .. files.GroupBy(f => Path.GetExtension(f).ToLowerInvariant(), StringComparer.Ordinal)
                .OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => $"{g.Count():N0} {(g.Key.Length == 0 ? "without an extension" : g.Key)}"),
        ];
        return string.Join(", ", kinds.Take(Shown)) + (kinds.Length > Shown ? $" and {kinds.Length - Shown} more kinds" : string.Empty);
    }

    private static ManifestException NoImages(string directory, string? name, IReadOnlyCollection<string> files, ImageFolderOptions options)
    {
        var what = name is null ? $"The image folder '{directory}'" : $"The class folder '{Path.Combine(directory, name)}'";
        var found = files.Count == 0 ? "it is empty" : $"it holds files of other kinds ({Kinds(files)})";
        return new ManifestException($"{what} holds no images ({string.Join(", ", options.Extensions)}): {found}. Check the path, or remove the folder{options.Advise(nameof(options.Extensions), name => $", or set {name}")}.");
    }
}
