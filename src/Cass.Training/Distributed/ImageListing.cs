using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json.Nodes;
using Cass.Data;

namespace Cass.Training;

/// <summary>
/// What processes compare of their images: how many there are, their names, labels and classes, and the pixels of a few, spread over the list. Of a path only
/// the folder and the file count, as images may lie elsewhere on each machine.
/// </summary>
internal sealed class ImageListing
{
    private const int Sampled = 8;
    private const string Count = nameof(Count);
    private const string Classes = nameof(Classes);
    private const string Contents = nameof(Contents);

    private readonly IReadOnlyList<IImageSource> images;
    private readonly string? classes;
    private readonly Lazy<string> text;

    private ImageListing(string title, IReadOnlyList<IImageSource> images, string? classes, Func<int, string> describe)
    {
        Title = title;
        this.images = images;
        this.classes = classes;
        text = new(() => string.Join('\n', Enumerable.Range(0, images.Count).Select(i => describe(i).ReplaceLineEndings(" "))));
    }

    /// <summary>What the images are for, as it stands before the word in messages.</summary>
    public string Title { get; }

    /// <summary>A line for each image: its name and labels.</summary>
    public string Text => text.Value;

    /// <summary>Of images without labels.</summary>
    public static ImageListing Of(string title, IReadOnlyList<IImageSource> images) => new(title, images, classes: null, i => Shown(images[i].Name));

    /// <summary>Of images with labels, where the dataset has some.</summary>
    public static ImageListing Of(string title, ImageDataset dataset) => dataset.IsLabeled
        ? new(title, dataset.Images, string.Join(", ", dataset.Labels.Names), i => $"{Shown(dataset.NameOf(i))} labelled {string.Join(" + ", dataset.LabelsOf(i).Select(label => $"'{dataset.Labels[label]}'"))}")
        : Of(title, dataset.Images);

    /// <summary>The listing in a few numbers; where they are equal, so are the listings.</summary>
    public JsonObject Summarize() => new()
    {
        [Count] = images.Count,
        [Classes] = classes,
        [nameof(Text)] = FileHash.Of(Encoding.UTF8.GetBytes(Text)),
        [Contents] = new JsonObject(SampledPositions().Select(i => KeyValuePair.Create<string, JsonNode?>($"{i}", HashOf(images[i])))),
    };

    /// <summary>Says in what two listings differ, without the end of the sentence.</summary>
    /// <param name="rank">The process that the second listing is of; the first one is of process 0.</param>
    /// <param name="first">Summary of the first listing.</param>
    /// <param name="second">Summary of the second listing.</param>
    /// <param name="firstText">Text of the first listing.</param>
    /// <param name="secondText">Text of the second listing.</param>
    public static string Difference(int rank, JsonObject first, JsonObject second, string firstText, string secondText)
    {
        foreach (var name in (string[])[Count, Classes])
        {
            if (!JsonNode.DeepEquals(first[name], second[name]))
            {
                return $"{name} is in process 0 {first[name]?.ToString() ?? "absent"}, in process {rank} {second[name]?.ToString() ?? "absent"}";
            }
        }

        var (before, after) = (firstText.Split('\n'), secondText.Split('\n'));
        var differing = Enumerable.Range(0, before.Length).Where(i => !string.Equals(before[i], after[i], StringComparison.Ordinal)).ToList();
        if (differing is [var at, ..])
        {
            return $"{differing.Count:N0} of {before.Length:N0} differ in name or label, of which the first, number {at} of the list, is in process 0 {before[at]}, in process {rank} {after[at]}";
        }

        var (position, content) = ((JsonObject)first[Contents]!).First(entry => !JsonNode.DeepEquals(entry.Value, second[Contents]![entry.Key]));
        return $"{Contents} of number {position} of the list, {before[int.Parse(position, CultureInfo.InvariantCulture)]}, is in process 0 {content}, in process {rank} {second[Contents]![position]}";
    }

    private static string Shown(string name) => $"'{DataManifest.Place(name)}'";

    private static string HashOf(IImageSource image)
    {
        PixelImage pixels;
        try
        {
            pixels = image.Decode();
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // Where all processes cannot read it, it is for the loader to say so, or to leave it out.
            return $"unreadable: {(error is UnreadableImageException unreadable ? unreadable.Reason : error.Message)}";
        }

        var hash = new XxHash128();
        hash.Append(Encoding.UTF8.GetBytes($"{pixels.Width}x{pixels.Height}x{pixels.Channels};"));
        hash.Append(pixels.Pixels.AsSpan(0, pixels.Width * pixels.Height * pixels.Channels));
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    private IEnumerable<int> SampledPositions()
    {
        var count = Math.Min(Sampled, images.Count);
        return Enumerable.Range(0, count).Select(i => (int)((long)i * images.Count / count));
    }
}
