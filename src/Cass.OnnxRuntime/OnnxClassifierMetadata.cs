using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cass.OnnxRuntime;

/// <summary>
/// What a classifier's ONNX file says of itself beside the graph: JSON under <see cref="Key"/> among the model's metadata, so that
/// every ONNX tool can read it.
/// </summary>
public sealed record OnnxClassifierMetadata
{
    /// <summary>The key of the JSON among the model's metadata.</summary>
    public const string Key = "cass_classifier";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    /// <summary>The network's name.</summary>
    public required string Architecture { get; init; }

    /// <summary>The classes, in the order of the outputs.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Probabilities above which labels are predicted: one for all classes, or one each. Without effect for a softmax.</summary>
    public required IReadOnlyList<double> Thresholds { get; init; }

    /// <summary>How outputs become probabilities and labels.</summary>
    public required OutputActivation Activation { get; init; }

    /// <summary>Height in pixels that images are resized to.</summary>
    public required int ImageHeight { get; init; }

    /// <summary>Width in pixels that images are resized to.</summary>
    public required int ImageWidth { get; init; }

    /// <summary>Mean of the channels of images in [0, 1], which is subtracted.</summary>
    public required IReadOnlyList<double> Mean { get; init; }

    /// <summary>Standard deviation of the channels, which is divided by.</summary>
    public required IReadOnlyList<double> Std { get; init; }

    /// <summary>Whether the graph resizes and normalises: its input then is uint8 [batch, height, width, 3].</summary>
    public bool Preprocesses { get; init; }

    /// <summary>Whether the outputs are probabilities, and not logits.</summary>
    public bool Activates { get; init; }

    /// <summary>The JSON.</summary>
    /// <returns>One line.</returns>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads the JSON, and checks that its parts fit one another.</summary>
    /// <param name="json">The JSON.</param>
    /// <param name="file">The model's name, for errors.</param>
    /// <returns>The metadata.</returns>
    /// <exception cref="CassInputException">It is no such JSON, or its parts do not fit one another.</exception>
    public static OnnxClassifierMetadata Parse(string json, string file)
    {
        ArgumentNullException.ThrowIfNull(json);
        OnnxClassifierMetadata metadata;
        try
        {
            metadata = JsonSerializer.Deserialize<OnnxClassifierMetadata>(json, Json) ?? throw new JsonException("it is null.");
        }
        catch (JsonException error)
        {
            throw new CassInputException($"The metadata '{Key}' of '{file}' cannot be read: {error.Message}", error);
        }

        var fault = metadata switch
        {
            { Labels.Count: 0 } => "it has no labels",
            { ImageHeight: < 1 or > 65_536 } or { ImageWidth: < 1 or > 65_536 } => $"its images are {metadata.ImageHeight}×{metadata.ImageWidth}",
            { Mean.Count: not 3 } or { Std.Count: not 3 } => $"it has {metadata.Mean.Count} means and {metadata.Std.Count} deviations, not 3 of each",
            _ when metadata.Thresholds.Count != 1 && metadata.Thresholds.Count != metadata.Labels.Count => $"it has {metadata.Thresholds.Count} thresholds for {metadata.Labels.Count} labels",
            _ when metadata.Thresholds.Any(threshold => !(threshold is >= 0 and <= 1)) => "a threshold is outside [0, 1]",
            _ => null,
        };
        return fault is null ? metadata : throw new CassInputException($"The metadata '{Key}' of '{file}' does not fit: {fault}.");
    }
}
