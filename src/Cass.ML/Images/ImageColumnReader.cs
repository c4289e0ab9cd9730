using System.Globalization;
using Cass.Data;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Cass.ML;

/// <summary>Makes image sources of a column's rows.</summary>
internal static class ImageColumnReader
{
    /// <summary>Reads one row after the other.</summary>
    /// <param name="row">The cursor, which is moved by the caller.</param>
    /// <param name="name">The column.</param>
    /// <returns>What gives the image of the row at which the cursor is. Paths are not opened; encoded and decoded images are copied.</returns>
    public static Func<IImageSource> Open(DataViewRow row, string name)
    {
        var column = row.Schema[name];
        switch (ImageColumnKinds.Of(row.Schema, name))
        {
            case ImageColumnKind.Path:
                var path = default(ReadOnlyMemory<char>);
                var paths = row.GetGetter<ReadOnlyMemory<char>>(column);
                return () =>
                {
                    paths(ref path);
                    return OfPath(path.ToString(), NameOf(row.Position, name));
                };

            case ImageColumnKind.Encoded:
                var bytes = default(VBuffer<byte>);
                var vectors = row.GetGetter<VBuffer<byte>>(column);
                return () =>
                {
                    vectors(ref bytes);
                    return OfBytes(bytes, NameOf(row.Position, name));
                };

            default:
                MLImage? image = null;
                var images = row.GetGetter<MLImage?>(column);
                return () =>
                {
                    images(ref image);
                    return OfImage(image, NameOf(row.Position, name));
                };
        }
    }

    public static ImageFile OfPath(string? path, string name) => string.IsNullOrWhiteSpace(path)
        ? throw new CassInputException($"The {name} has no path of an image.")
        : new ImageFile(path);

    public static EncodedImage OfBytes(VBuffer<byte> bytes, string name) => new(bytes.DenseValues().ToArray(), name);

    public static RawImage OfImage(MLImage? image, string name) =>
        image is null ? throw new CassInputException($"The {name} has no image.") : MLImagePixels.Copy(image, name);

    private static string NameOf(long position, string column) => string.Create(CultureInfo.InvariantCulture, $"row {position} of column {column}");
}
