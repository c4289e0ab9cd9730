using System.Numerics.Tensors;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace Cass.ML;

/// <summary>Probabilities to the index of the most probable class, the first of equal ones.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class ClassIndexMapping : CustomMappingFactory<ClassIndexMapping.Row, ClassIndexMapping.Result>
{
    /// <summary>The name under which ML.NET saves the mapping. It stands in saved models, and never changes.</summary>
    public const string Contract = "Cass.ML.ClassIndex";

    /// <inheritdoc/>
    public override Action<Row, Result> GetMapping() => static (row, result) => result.ClassIndex = IndexOf(row.Scores);

    private static int IndexOf(VBuffer<float> scores)
    {
        var values = scores.IsDense ? scores.GetValues() : scores.DenseValues().ToArray();
        return float.IsFinite(TensorPrimitives.Sum(values))
            ? TensorPrimitives.IndexOfMax(values)
            : throw new CassException("The network gives numbers that are not finite; its weights are damaged, or the image is like none that it was trained on.");
    }

    /// <summary>What it reads.</summary>
    internal sealed class Row
    {
        [ColumnName(ScoringColumns.Scores)]
        public VBuffer<float> Scores { get; set; }
    }

    /// <summary>What it writes.</summary>
    internal sealed class Result
    {
        [ColumnName(ScoringColumns.ClassIndex)]
        public int ClassIndex { get; set; }
    }
}
