using Cass;
using Cass.Data;

namespace BrainMri.Phantoms;

/// <summary>Phantoms of all four classes as a dataset.</summary>
internal static class PhantomDataset
{
    /// <summary>
    /// The same phantoms every time, as many of each class as the number allows, in the published numbering of the
    /// classes. The first ones of a larger set are those of a smaller one.
    /// </summary>
    /// <param name="count">How many.</param>
    /// <param name="size">Width and height of each in pixels.</param>
    public static ImageDataset Create(int count, int size = PhantomImage.DefaultSize) => ImageDataset.FromImages(
        Images(count, size).Select(phantom => ((IImageSource)phantom, LabelMap.BrainTumorMri[(int)phantom.Kind])),
        LabelMap.BrainTumorMri);

    /// <summary>The phantoms without their labels.</summary>
    public static IEnumerable<PhantomImage> Images(int count, int size = PhantomImage.DefaultSize) =>
        Enumerable.Range(0, count).Select(i => new PhantomImage((TumorKind)(i % LabelMap.BrainTumorMri.Count), (ulong)i, size));
}
