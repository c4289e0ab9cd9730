using Cass.Data;
using Cass.Models;
using Cass.Onnx;
using Cass.Training;

namespace Cass.Serving.Benchmarks;

/// <summary>A classifier of random images, saved for both engines in a temporary folder.</summary>
internal sealed class ClassifierFolder : IDisposable
{
    public ClassifierFolder(string network)
    {
        var labels = new LabelMap(["a", "b", "c", "d"]);
        var images = ImageDataset.FromImages(RandomImage.Several(8).Select((image, i) => ((IImageSource)image, labels[i % labels.Count])), labels);
        using var backbone = BackboneRegistry.Default.Create(network, new BackboneOptions { NumClasses = labels.Count });
        using var tuner = new FineTuner(new FineTuningOptions { Epochs = 1, BatchSize = 4 });
        using var classifier = tuner.FineTune(backbone, images);
        classifier.Save(Path);
        OnnxExport.Save(classifier, Model, new OnnxExportOptions { Check = true });
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("cass-").FullName;

    public string Model => System.IO.Path.Combine(Path, "model.onnx");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
