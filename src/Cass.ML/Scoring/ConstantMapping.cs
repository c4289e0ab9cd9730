using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Cass.ML;

/// <summary>A column of zeros, by which a stock value mapping gives every row the same text.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class ConstantMapping : CustomMappingFactory<ConstantMapping.Nothing, ConstantMapping.Row>
{
    /// <summary>The name under which ML.NET saves the mapping. It stands in saved models, and never changes.</summary>
    public const string Contract = "Cass.ML.Constant";

    /// <inheritdoc/>
    public override Action<Nothing, Row> GetMapping() => static (_, row) => row.Constant = 0;

    /// <summary>It reads no column.</summary>
    internal sealed class Nothing;

    /// <summary>What it writes.</summary>
    internal sealed class Row
    {
        [ColumnName(ScoringColumns.Constant)]
        public int Constant { get; set; }
    }
}
