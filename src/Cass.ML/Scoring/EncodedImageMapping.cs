using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Cass.ML;

/// <summary>Encoded images to pixels.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class EncodedImageMapping : CustomMappingFactory<EncodedImageMapping.Row, PixelsRow>
{
    /// <summary>The name under which ML.NET saves the mapping. It stands in saved models, and never changes.</summary>
    public const string Contract = "Cass.ML.EncodedImage";

    /// <inheritdoc/>
    public override Action<Row, PixelsRow> GetMapping() =>
        (row, pixels) => pixels.Fill(row.Preparation, name => ImageColumnReader.OfBytes(row.Image, name));

    /// <summary>What it reads.</summary>
    internal sealed class Row
    {
        [ColumnName(ScoringColumns.Image)]
        public VBuffer<byte> Image { get; set; }

        [ColumnName(ScoringColumns.Preparation)]
        public string Preparation { get; set; } = string.Empty;
    }
}
