using System.Text;

namespace Cass.Data;

/// <summary>
/// Images in files: the paths as UTF-8 in one block, which takes a third of the memory of a million strings. An
/// <see cref="ImageFile"/> is made when it is asked for.
/// </summary>
internal sealed class PathColumn : ImageColumn
{
    private readonly string root;
    private readonly ImageDecodingOptions options;
    private readonly Lazy<IReadOnlyList<string>> folders;
    private int[] ends = new int[16];
    private byte[] text = new byte[1024];
    private int count;

    /// <param name="root">The folder that relative paths start from.</param>
    /// <param name="options">How the images are decoded.</param>
    /// <param name="manifestFolder">The folder of the manifest that names the images; null where they were found in <paramref name="root"/>.</param>
    public PathColumn(string root, ImageDecodingOptions options, string? manifestFolder = null)
    {
        this.root = root;
        this.options = options;
        folders = new Lazy<IReadOnlyList<string>>(() => manifestFolder is null ? SourceFolders.OfFolder(this) : SourceFolders.OfManifest(this, manifestFolder));
    }

    public override int Count => count;

    public string Root => root;

    public ImageDecodingOptions Options => options;

    public override IReadOnlyList<string> Folders => folders.Value;

    public override IImageSource this[int row] => new ImageFile(NameOf(row), options);

    public override string NameOf(int row) => Path.Combine(root, Encoding.UTF8.GetString(Utf8(row)));

    /// <summary>The path as it was added, relative to <see cref="Root"/> or absolute.</summary>
    public ReadOnlySpan<byte> Utf8(int row)
    {
        var start = row == 0 ? 0 : ends[row - 1];
        return text.AsSpan(start, ends[row] - start);
    }

    /// <summary>Adds a path in UTF-8.</summary>
    public void Add(ReadOnlySpan<byte> path)
    {
        var start = count == 0 ? 0 : ends[count - 1];
        var needed = (long)start + path.Length;
        if (needed > text.Length)
        {
            if (needed > Array.MaxLength)
            {
                throw new ManifestException($"The paths of {count} images take 2 GB; divide the manifest, or write the paths relative to their common folder.");
            }

            Array.Resize(ref text, (int)Math.Min(Math.Max(needed, text.Length * 2L), Array.MaxLength));
        }

        if (count == ends.Length)
        {
            Array.Resize(ref ends, count * 2);
        }

        path.CopyTo(text.AsSpan(start));
        ends[count++] = start + path.Length;
    }

    public void Trim()
    {
        Array.Resize(ref text, count == 0 ? 0 : ends[count - 1]);
        Array.Resize(ref ends, count);
    }
}
