using System.Collections;

namespace Cass.Data;

/// <summary>The images of a dataset as a list; nothing is copied.</summary>
internal sealed class ImageSourceList(ImageDataset dataset) : IReadOnlyList<IImageSource>
{
    public ImageDataset Dataset => dataset;

    public int Count => dataset.Count;

    public IImageSource this[int index] => dataset.ImageAt(index);

    public IEnumerator<IImageSource> GetEnumerator()
    {
        for (var i = 0; i < dataset.Count; i++)
        {
            yield return dataset.ImageAt(i);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
