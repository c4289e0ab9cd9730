namespace Cass.Data;

/// <summary>Images of any kind.</summary>
/// <param name="sources">The images.</param>
/// <param name="origins">Datasets that they are from; none where null.</param>
internal sealed class SourceColumn(IImageSource[] sources, IReadOnlyList<ImageDataset>? origins = null) : ImageColumn
{
    private readonly Lazy<IReadOnlyList<string>> folders = new(() =>
        [.. SourceFolders.OfFiles(sources), .. (origins ?? []).SelectMany(origin => origin.Folders)]);

    public override int Count => sources.Length;

    public override IImageSource this[int row] => sources[row];

    public override string NameOf(int row) => sources[row].Name;

    public override IReadOnlyList<string> Folders => folders.Value;
}
