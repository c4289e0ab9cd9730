using System.Text.Json;
using System.Text.Json.Serialization;
using Cass;

namespace BrainMri.Results;

/// <summary>Writes <c>results.json</c>.</summary>
internal static class ResultsFile
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    public static void Write(string path, RunResults results) =>
        AtomicFile.WriteText(path, JsonSerializer.Serialize(results, Json) + "\n");
}
