using System.Text;

namespace Cass.Data;

/// <summary>
/// Reads images from a folder per class, in the order of torchvision's <c>ImageFolder</c>: by class, then by folder and
/// file name.
/// </summary>
public static class ImageFolder
{
    /// <summary>Lists the images of a folder; none is opened.</summary>
    /// <param name="directory">The folder; each folder in it is a class, with images in it or further down.</param>
    /// <param name="options">Choices; null for the defaults.</param>
    /// <returns>The images with their classes.</returns>
    /// <exception cref="ManifestException">The folder is missing, holds no images or no classes; a class has no images or is unknown.</exception>
    public static ImageDataset Read(string directory, ImageFolderOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(directory);
        options ??= new ImageFolderOptions();
        if (!Directory.Exists(directory))
        {
            throw new ManifestException(File.Exists(directory)
                ? $"'{directory}' is a file, not a folder of images; name the folder, or read a manifest with {nameof(CsvManifest)}."
                : $"The image folder '{directory}' does not exist; check the path (it is looked up in '{Directory.GetCurrentDirectory()}').");
        }

        try
        {
            var builder = new ImageDatasetBuilder(new PathColumn(directory, options.Decoding), options.Labels, multiLabel: false);
            if (options.ClassPerFolder)
            {
                AddClasses(builder, directory, options);
            }
            else
            {
                Add(builder, directory, string.Empty, null, options);
            }

            return builder.Count > 0 ? builder.Build() : throw NoImages(directory, directory, options);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new ManifestException($"The image folder '{directory}' cannot be listed: {e.Message}", e);
        }
    }

    private static void AddClasses(ImageDatasetBuilder builder, string directory, ImageFolderOptions options)
    {
        string[] classes = [.. Directory.EnumerateDirectories(directory).Select(d => Path.GetFileName(d)).Where(IsVisible).Order(StringComparer.Ordinal)];
        if (classes.Length == 0)
        {
            throw Directory.EnumerateFiles(directory).Any(f => IsImage(f, options))
                ? new ManifestException($"The image folder '{directory}' holds images but no folder per class; name the folder above, or set {nameof(ImageFolderOptions)}.{nameof(ImageFolderOptions.ClassPerFolder)} to false to read them unlabelled.")
                : NoImages(directory, directory, options);
        }

        foreach (var name in classes)
        {
            if (options.Labels is { } labels && !labels.TryGetId(name, out _))
            {
                throw new ManifestException($"The folder '{name}' in '{directory}' is none of the classes {labels}{NearestNames.Suggest(name, labels.Names)}; rename or move it.");
            }

            var before = builder.Count;
            Add(builder, directory, name, name, options);
            if (builder.Count == before)
            {
                throw NoImages(directory, Path.Combine(directory, name), options);
            }
        }
    }

    private static void Add(ImageDatasetBuilder builder, string root, string below, string? label, ImageFolderOptions options)
    {
        // Folders in the order of their whole paths, as a sorted os.walk gives them, and not parents before children.
        var folders = new List<string> { below };
        for (var i = 0; i < folders.Count; i++)
        {
            folders.AddRange(Directory.EnumerateDirectories(Path.Combine(root, folders[i]))
                .Where(d => IsVisible(Path.GetFileName(d)) && !IsLinkToAbove(d))
                .Select(d => Join(folders[i], Path.GetFileName(d))));
        }

        foreach (var folder in folders.Order(StringComparer.Ordinal))
        {
            foreach (var file in Directory.EnumerateFiles(Path.Combine(root, folder)).Where(f => IsImage(f, options)).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal))
            {
                var path = Join(folder, file);
                builder.AddPath(Encoding.UTF8.GetBytes(path), label, options.Group?.Invoke(path));
            }
        }
    }

    private static string Join(string folder, string name) => folder.Length == 0 ? name : $"{folder}/{name}";

    private static bool IsVisible(string name) => !name.StartsWith('.');

    private static bool IsLinkToAbove(string directory) =>
        new DirectoryInfo(directory).ResolveLinkTarget(returnFinalTarget: true) is { } target
        && Path.GetFullPath(directory).StartsWith(target.FullName.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static bool IsImage(string file, ImageFolderOptions options) =>
        IsVisible(Path.GetFileName(file)) && options.Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);

    private static ManifestException NoImages(string directory, string folder, ImageFolderOptions options)
    {
        string[] others =
        [
            .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Select(f => Path.GetExtension(f)).Where(e => e.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase).Order(StringComparer.Ordinal).Take(5),
        ];
        var what = string.Equals(directory, folder, StringComparison.Ordinal) ? $"The image folder '{directory}'" : $"The class folder '{folder}'";
        var found = others.Length == 0 ? "it is empty" : $"it holds files of the kinds {string.Join(", ", others)}";
        return new ManifestException($"{what} holds no images ({string.Join(", ", options.Extensions)}): {found}. Check the path, remove the folder, or set {nameof(ImageFolderOptions)}.{nameof(ImageFolderOptions.Extensions)}.");
    }
}
