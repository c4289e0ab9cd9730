using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Cass;
using Cass.Training;

namespace BrainMri.Results;

/// <summary>Writes <c>results.json</c>.</summary>
internal static class ResultsFile
{
    // A larger matrix is left out: it is nearly all zeros, and every count of it that is not stands among the confused pairs.
    private const int LargestMatrix = 100;

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { WithoutLargeMatrix } },
    };

    public static void Write(string path, RunResults results) =>
        AtomicFile.WriteText(path, JsonSerializer.Serialize(results, Json) + "\n");

    private static void WithoutLargeMatrix(JsonTypeInfo type)
    {
        if (type.Type == typeof(EvaluationReport))
        {
            type.Properties.Single(property => string.Equals(property.Name, "confusion", StringComparison.Ordinal)).ShouldSerialize = (_, matrix) => matrix is not IReadOnlyList<IReadOnlyList<int>> { Count: > LargestMatrix };
        }
    }
}
