using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Cass.ML;

/// <summary>Paths of images to pixels.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class ImagePathMapping : CustomMappingFactory<ImagePathMapping.Row, PixelsRow>
{
    /// <summary>The name under which ML.NET saves the mapping. It stands in saved models, and never changes.</summary>
    public const string Contract = "Cass.ML.ImagePath";

    /// <inheritdoc/>
    public override Action<Row, PixelsRow> GetMapping() =>
        (row, pixels) => pixels.Fill(row.Preparation, name => ImageColumnReader.OfPath(row.Image, name));

    /// <summary>What it reads.</summary>
    internal sealed class Row
    {
        [ColumnName(ScoringColumns.Image)]
        public string Image { get; set; } = string.Empty;

        [ColumnName(ScoringColumns.Preparation)]
        public string Preparation { get; set; } = string.Empty;
    }
}
