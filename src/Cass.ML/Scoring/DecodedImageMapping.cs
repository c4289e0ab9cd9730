using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Cass.ML;

/// <summary>Images of ML.NET to pixels.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class DecodedImageMapping : CustomMappingFactory<DecodedImageMapping.Row, PixelsRow>
{
    /// <summary>The name under which ML.NET saves the mapping. It stands in saved models, and never changes.</summary>
    public const string Contract = "Cass.ML.DecodedImage";

    /// <inheritdoc/>
    public override Action<Row, PixelsRow> GetMapping() =>
        (row, pixels) => pixels.Fill(row.Preparation, name => ImageColumnReader.OfImage(row.Image, name));

    /// <summary>What it reads.</summary>
    internal sealed class Row
    {
        [AnyImage]
        [ColumnName(ScoringColumns.Image)]
        public MLImage? Image { get; set; }

        [ColumnName(ScoringColumns.Preparation)]
        public string Preparation { get; set; } = string.Empty;
    }
}
