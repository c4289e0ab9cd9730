namespace Cass.Data;

/// <summary>The images of a dataset, row by row.</summary>
internal abstract class ImageColumn
{
    public abstract int Count { get; }

    public abstract IImageSource this[int row] { get; }

    public abstract string NameOf(int row);

    /// <summary>The folders that the images are read from, and that are theirs as a whole.</summary>
    public abstract IReadOnlyList<string> Folders { get; }
}
