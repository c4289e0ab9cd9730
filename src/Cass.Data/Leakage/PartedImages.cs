using System.Collections;

namespace Cass.Data;

/// <summary>The images of several datasets as one list; nothing is copied.</summary>
internal sealed class PartedImages : IReadOnlyList<IImageSource>
{
    private readonly IReadOnlyList<(string Name, ImageDataset Images)> parts;
    private readonly int[] starts;

    public PartedImages(IReadOnlyList<(string Name, ImageDataset Images)> parts)
    {
        this.parts = parts;
        starts = new int[parts.Count + 1];
        for (var part = 0; part < parts.Count; part++)
        {
            starts[part + 1] = starts[part] + parts[part].Images.Count;
        }
    }

    public int Count => starts[^1];

    public IImageSource this[int index]
    {
        get
        {
            var (part, position) = PlaceOf(index);
            return parts[part].Images.ImageAt(position);
        }
    }

    /// <summary>Where a part starts; for the number of parts, where the last ends.</summary>
    public int StartOf(int part) => starts[part];

    /// <summary>The part of an image, and its position there.</summary>
    public (int Part, int Index) PlaceOf(int index)
    {
        var found = Array.BinarySearch(starts, index);

        // Of parts that start at one place, all but the last are empty.
        var part = found >= 0 ? Array.LastIndexOf(starts, index) : ~found - 1;
        return (part, index - starts[part]);
    }

    public IEnumerator<IImageSource> GetEnumerator() => parts.SelectMany(part => part.Images.Images).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
