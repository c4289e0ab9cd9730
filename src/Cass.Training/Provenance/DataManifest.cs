using System.Security.Cryptography;
using System.Text;
using Cass.Data;

namespace Cass.Training;

/// <summary>Which images a phase saw, as one hash: that of a text with a line for each image, its name and its labels.</summary>
/// <param name="Images">Number of images.</param>
/// <param name="GitHash">What <c>git hash-object</c> gives for that text.</param>
internal sealed record DataManifest(int Images, string GitHash)
{
    public static DataManifest Of(IReadOnlyList<IImageSource> images) => Of(images.Select(image => image.Name), images.Count);

    public static DataManifest Of(ImageDataset images) => Of(
        Enumerable.Range(0, images.Count).Select(i => $"{images.NameOf(i)}\t{string.Join(' ', images.LabelsOf(i))}"),
        images.Count);

    /// <summary>
    /// The same of a source of batches. Of a path only the folder and the file count, so that images may move as a whole.
    /// </summary>
    public static DataManifest Of(IBatchSource batches) => Of(
        Enumerable.Range(0, batches.Count).Select(i => Place(batches.NameOf(i))),
        batches.Count);

    /// <summary>The folder and the file of a path.</summary>
    public static string Place(string name) => Path.Join(Path.GetFileName(Path.GetDirectoryName(name.AsSpan())), Path.GetFileName(name.AsSpan()));

    private static DataManifest Of(IEnumerable<string> lines, int count)
    {
        var content = Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));
#pragma warning disable CA5350 // An identification, as git's, not a protection.
        return new DataManifest(count, Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content])));
#pragma warning restore CA5350
    }
}
