using BrainMri.Phantoms;
using Cass;
using Cass.Data;

namespace Study.Images;

/// <summary>Where a study's images come from.</summary>
/// <param name="Folder">A folder for each class; null for phantoms.</param>
/// <param name="TestFolder">The collection's own test images, as a folder for each class; null where there are none.</param>
/// <param name="Limit">How many images of the folder are used, drawn once by a fixed seed; all of them where null.</param>
internal sealed record ImageSource(string? Folder, string? TestFolder, int? Limit)
{
    private const int Phantoms = 1000;
    private const int PhantomSize = 96;
    private const int Seed = 77;

    /// <summary>All images that the parts are made of.</summary>
    public ImageDataset Read()
    {
        if (Folder is null)
        {
            return PhantomDataset.Create(Limit ?? Phantoms, PhantomSize);
        }

        var images = ImageFolder.Read(Folder);
        return Limit is { } limit && limit < images.Count
            ? images.Split(1 - ((double)limit / images.Count), Seed, stratify: true).Train
            : images;
    }

    public ImageDataset? ReadTest() => TestFolder is null ? null : ImageFolder.Read(TestFolder);

    /// <summary>The name of an image of <see cref="Read"/> that is the same on every machine.</summary>
    public string PlainName(string name) => Folder is null ? name : Path.GetRelativePath(Folder, name).Replace('\\', '/');
}
