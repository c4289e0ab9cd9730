using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace Cass.ML;

/// <summary>Which kind a column of images is of.</summary>
internal static class ImageColumnKinds
{
    public static ImageColumnKind Of(DataViewSchema schema, string name)
    {
        var column = schema.GetColumnOrNull(name) ?? throw Missing(name, schema.Select(column => column.Name));
        return column.Type is VectorDataViewType vector
            ? Of(name, vector.ItemType, isVector: true, column.Type.ToString())
            : Of(name, column.Type, isVector: false, column.Type.ToString());
    }

    public static ImageColumnKind Of(SchemaShape schema, string name)
    {
        foreach (var column in schema)
        {
            if (string.Equals(column.Name, name, StringComparison.Ordinal))
            {
                return Of(name, column.ItemType, column.Kind != SchemaShape.Column.VectorKind.Scalar, column.ItemType.ToString());
            }
        }

        throw Missing(name, schema.Select(column => column.Name));
    }

    internal static CassInputException Missing(string name, IEnumerable<string> others) =>
        new($"The data has no column '{name}'; it has {string.Join(", ", others.Select(other => $"'{other}'"))}.");

    private static ImageColumnKind Of(string name, DataViewType item, bool isVector, string? type) => (item, isVector) switch
    {
        (TextDataViewType, false) => ImageColumnKind.Path,
        (ImageDataViewType, false) => ImageColumnKind.Decoded,
        ({ } number, true) when number == NumberDataViewType.Byte => ImageColumnKind.Encoded,
        _ => throw new CassInputException($"The column '{name}' is of type {type}; images are paths (text), encoded images (a vector of bytes, byte[]), or MLImage."),
    };
}
