using Microsoft.ML;
using Microsoft.ML.Data;

namespace Cass.ML;

/// <summary>
/// What a transformer will add to a schema, before there is one. ML.NET lets its own assemblies alone make columns of such a shape, so that they are
/// taken from one of its estimators.
/// </summary>
internal static class OutputShape
{
    private const int AnySize = 2;

    /// <summary>The prediction is a key like the label's.</summary>
    public static SchemaShape Classes(MLContext context, SchemaShape input, string label, string score, string predictedLabel)
    {
        var withKey = context.Transforms.CopyColumns(predictedLabel, label).GetOutputSchema(input);
        return Add<VectorOutput>(context, withKey, (score, nameof(VectorOutput.Values)));
    }

    public static SchemaShape Labels(MLContext context, SchemaShape input, string score, string predictedLabels)
    {
        var withScores = Add<VectorOutput>(context, input, (score, nameof(VectorOutput.Values)));
        return Add<BooleanOutput>(context, withScores, (predictedLabels, nameof(BooleanOutput.Values)));
    }

    public static SchemaShape Vectors(MLContext context, SchemaShape input, string output) => Add<VectorOutput>(context, input, (output, nameof(VectorOutput.Values)));

    private static SchemaShape Add<T>(MLContext context, SchemaShape input, (string Name, string From) column)
        where T : class, new()
    {
        var added = context.Transforms.CustomMapping<ConstantMapping.Nothing, T>(static (_, _) => { }, contractName: null).GetOutputSchema(new SchemaShape([]));
        var renamed = context.Transforms.CopyColumns(column.Name, column.From).GetOutputSchema(added);
        return new SchemaShape([.. input.Where(Differs), .. renamed.Where(shape => !Differs(shape))]);

        bool Differs(SchemaShape.Column shape) => !string.Equals(shape.Name, column.Name, StringComparison.Ordinal);
    }

    private sealed class VectorOutput
    {
        [VectorType(AnySize)]
        public float[] Values { get; set; } = [];
    }

    private sealed class BooleanOutput
    {
        [VectorType(AnySize)]
        public bool[] Values { get; set; } = [];
    }
}
