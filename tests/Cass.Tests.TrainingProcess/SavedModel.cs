using Microsoft.ML;
using Microsoft.ML.Data;

namespace Cass.Tests.TrainingProcess;

/// <summary>Scores images with a saved model of ML.NET.</summary>
internal static class SavedModel
{
    /// <summary>Prints the bits of all scores.</summary>
    public static void Print(string path, IEnumerable<string> images)
    {
        var context = new MLContext();
        var model = context.Model.Load(path, out _);
        var scored = model.Transform(context.Data.LoadFromEnumerable(images.Select(image => new Row { Path = image })));
        Console.WriteLine(string.Join(' ', scored.GetColumn<VBuffer<float>>("Score").SelectMany(score => score.DenseValues()).Select(BitConverter.SingleToInt32Bits)));
        (model as IDisposable)?.Dispose();
    }

    private sealed class Row
    {
        public string Path { get; set; } = string.Empty;

        public string Kind { get; set; } = string.Empty;
    }
}
