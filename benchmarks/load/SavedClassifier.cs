using Cass.Data;
using Cass.Models;
using Cass.Onnx;
using Cass.Training;

namespace Cass.Load.Benchmarks;

/// <summary>A classifier that was fine-tuned on noise for one epoch, saved for both engines in a temporary folder.</summary>
internal sealed class SavedClassifier : IDisposable
{
    private static readonly LabelMap Labels = new(["a", "b", "c", "d"]);

    /// <param name="network">Name of the network.</param>
    /// <param name="size">Height and width of its input.</param>
    public SavedClassifier(string network, int size)
    {
        var images = ImageDataset.FromImages(Enumerable.Range(0, 8).Select(i => ((IImageSource)new Picture(i, size, size), Labels[i % Labels.Count])), Labels);
        using var backbone = BackboneRegistry.Default.Create(network, new BackboneOptions { NumClasses = Labels.Count, ImageHeight = size, ImageWidth = size });
        using var tuner = new FineTuner(new FineTuningOptions { Epochs = 1, BatchSize = 4 });
        using var classifier = tuner.FineTune(backbone, images);
        classifier.Save(Path);
        OnnxExport.Save(classifier, Model);
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("cass-load-").FullName;

    public string Model => System.IO.Path.Combine(Path, "model.onnx");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
