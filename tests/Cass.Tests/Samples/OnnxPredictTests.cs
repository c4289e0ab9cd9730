using Cass.Data;
using Cass.Onnx;
using Cass.Tests.Packaging;
using Cass.Tests.Training;
using SkiaSharp;
using Xunit;

namespace Cass.Tests.Samples;

/// <summary>Training here, serving in a process that has no libtorch.</summary>
public sealed class OnnxPredictTests
{
    private static readonly string Built = Path.Combine(PackedPackages.RepositoryRoot, "samples", "OnnxPredict", "bin", Configuration(), "net10.0");

    [Fact]
    public void It_says_what_the_trainers_classifier_says_and_has_no_libtorch()
    {
        string[] names = [.. Directory.EnumerateFiles(Built, "*", SearchOption.AllDirectories).Select(file => Path.GetFileNameWithoutExtension(file).ToLowerInvariant())];
        Assert.DoesNotContain(names, name => name is "torch_cpu" or "libtorch_cpu" or "libtorch" or "c10" or "libc10");
        using var folder = new TemporaryFolder();
        using var trainer = TinyTraining.Builder().Build();
        using var classifier = trainer.FineTune(trainer.Cnn, TinyTraining.Images(32));
        OnnxExport.Save(classifier, folder["model.onnx"]);
        var paths = Enumerable.Range(0, 4).Select(i => Write(TinyTraining.Images(1, 40 + i).Images[0].Decode(), folder[$"{i}.png"])).ToArray();

        var run = SampleProcess.RunProgram(Path.Combine(Built, "OnnxPredict.dll"), folder.Path, ["model.onnx", .. paths]);
        Assert.Equal(string.Empty, run.Error);
        var expected = classifier.Predict([.. paths.Select(path => new ImageFile(path))]);
        Assert.Equal(expected.Select(prediction => $"{prediction.Image}: {prediction.Label} ("), run.Output.Split('\n').Select(line => line[..(line.IndexOf('(', StringComparison.Ordinal) + 1)]));

        var refused = SampleProcess.RunProgram(Path.Combine(Built, "OnnxPredict.dll"), folder.Path, ["model.onnx", "missing.png"]);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("missing.png", refused.Error, StringComparison.Ordinal);
    }

    private static string Write(PixelImage image, string path)
    {
        using var bitmap = new SKBitmap(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++)
            {
                var at = ((y * image.Width) + x) * image.Channels;
                bitmap.SetPixel(x, y, new SKColor(image.Pixels[at], image.Pixels[at + (image.Channels == 3 ? 1 : 0)], image.Pixels[at + (image.Channels == 3 ? 2 : 0)]));
            }
        }

        using var encoded = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        using var file = File.Create(path);
        encoded.SaveTo(file);
        return path;
    }

    private static string Configuration() => AppContext.BaseDirectory.Contains($"{Path.DirectorySeparatorChar}Debug{Path.DirectorySeparatorChar}", StringComparison.Ordinal) ? "Debug" : "Release";
}
