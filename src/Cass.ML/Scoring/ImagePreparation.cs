using System.Collections.Concurrent;
using System.Text.Json;
using Cass.Data;
using Microsoft.ML.Data;

namespace Cass.ML;

/// <summary>How an image becomes the input of a network. A transformer keeps it as text in a column of its own, since ML.NET saves no state of a custom mapping.</summary>
/// <param name="Column">The column that images come from, for errors.</param>
/// <param name="Height">Height in pixels that images are resized to.</param>
/// <param name="Width">Width in pixels that images are resized to.</param>
/// <param name="Mean">Mean of each channel, which is subtracted.</param>
/// <param name="Std">Standard deviation of each channel, which is divided by.</param>
internal sealed record ImagePreparation(string Column, int Height, int Width, IReadOnlyList<double> Mean, IReadOnlyList<double> Std)
{
    private static readonly ConcurrentDictionary<string, (ImagePreparation Preparation, ImagePipeline Pipeline)> Known = new(StringComparer.Ordinal);

    public string ToJson() => JsonSerializer.Serialize(this);

    /// <summary>Decodes, resizes and normalises an image as the classifiers of Cass.Training do.</summary>
    /// <param name="json">What <see cref="ToJson"/> gave.</param>
    /// <param name="open">Makes a source of what the column holds, given what to call it.</param>
    /// <param name="pixels">Takes [3, height, width].</param>
    /// <exception cref="CassInputException">The image is missing or unreadable; the message names it.</exception>
    public static void Prepare(string json, Func<string, IImageSource> open, ref VBuffer<float> pixels)
    {
        var (preparation, pipeline) = Known.GetOrAdd(json, static text =>
        {
            var read = JsonSerializer.Deserialize<ImagePreparation>(text)!;
            return (read, CassTransforms.Validation(read.Height, read.Width, new ChannelStatistics(read.Mean, read.Std)));
        });
        var prepared = PreparedImage.Of(open($"image of column {preparation.Column}"), ImageDecodingOptions.ForPrediction, pipeline);
        var editor = VBufferEditor.Create(ref pixels, pipeline.OutputLength);
        prepared.Write(pipeline, editor.Values);
        pixels = editor.Commit();
    }
}
