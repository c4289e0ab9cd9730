namespace Cass.Data;

/// <summary>Images of any kind.</summary>
internal sealed class SourceColumn(IImageSource[] sources) : ImageColumn
{
    public override int Count => sources.Length;

    public override IImageSource this[int row] => sources[row];

    public override string NameOf(int row) => sources[row].Name;
}
