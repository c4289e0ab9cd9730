namespace Cass.Data;

/// <summary>Some rows of another column.</summary>
internal sealed class PickedColumn(ImageColumn images, int[] rows) : ImageColumn
{
    public override int Count => rows.Length;

    public override IImageSource this[int row] => images[rows[row]];

    public override string NameOf(int row) => images.NameOf(rows[row]);

    public override IReadOnlyList<string> Folders => images.Folders;
}
