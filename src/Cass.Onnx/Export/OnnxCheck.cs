using Cass.Training;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Cass.Onnx;

/// <summary>Compares what ONNX Runtime computes of an exported file with what TorchSharp computes.</summary>
internal static class OnnxCheck
{
    private const double Tolerance = 1e-3;
    private const double HalfTolerance = 5e-2;
    private static readonly long[] Batches = [1, 3];

    public static void Run(string path, Backbone backbone, (int Height, int Width) size, OnnxExportOptions options)
    {
        using var session = Open(path);
        foreach (var batch in Batches)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(77);
            var images = randn([batch, backbone.Configuration.InputChannels, size.Height, size.Width], generator: generator);
            Compare(session, path, images, TorchSharpOf(backbone, images), options);
        }
    }

    public static void Run(string path, ImageClassifier classifier, OnnxExportOptions options)
    {
        if (!options.IncludePreprocessing && !options.IncludeActivation)
        {
            Run(path, classifier.Network, (classifier.ImageHeight, classifier.ImageWidth), options);
            return;
        }

        using var predictor = OnnxRuntime.OnnxClassifier.Load(path);
        var random = new Random(77);
        foreach (var (height, width) in new[] { (classifier.ImageHeight, classifier.ImageWidth), (classifier.ImageHeight + 37, classifier.ImageWidth * 2) })
        {
            var pixels = new byte[height * width * 3];
            random.NextBytes(pixels);
            var image = new PixelImage(width, height, 3, pixels);
            var expected = classifier.Predict(image).Probabilities;
            var found = predictor.Predict(image).Probabilities;
            var difference = expected.Zip(found, (a, b) => Math.Abs(a.Probability - b.Probability)).Max();

            // Levels that resizing rounds otherwise move probabilities a little.
            Require(path, difference, options.IncludePreprocessing ? HalfTolerance : ToleranceOf(options), $"probabilities of an image of {height}×{width}");
        }
    }

    private static Tensor TorchSharpOf(Backbone backbone, Tensor images)
    {
        var parameter = backbone.parameters().First();
        var modes = backbone.modules().Prepend(backbone).Distinct().Select(module => (module, module.training)).ToArray();
        backbone.eval();
        try
        {
            using var guard = inference_mode();
            return backbone.forward(images.to(parameter.dtype, parameter.device)).to(ScalarType.Float32).cpu();
        }
        finally
        {
            // Some of its modules may have a mode of their own; parents come before their children.
            foreach (var (module, training) in modes)
            {
                module.train(training);
            }
        }
    }

    private static void Compare(InferenceSession session, string path, Tensor images, Tensor expected, OnnxExportOptions options)
    {
        var input = NamedOnnxValue.CreateFromTensor(session.InputMetadata.Keys.Single(), new DenseTensor<float>(images.data<float>().ToArray(), [.. images.shape.Select(size => (int)size)]));
        using var results = session.Run([input]);
        using var found = tensor(results[0].AsEnumerable<float>().ToArray()).reshape(expected.shape);
        var difference = found.sub(expected).abs().max().item<float>() / Math.Max(1e-12, expected.abs().max().item<float>());
        Require(path, difference, ToleranceOf(options), $"outputs of a batch of {images.shape[0]}");
    }

    private static double ToleranceOf(OnnxExportOptions options) => options.Precision == OnnxPrecision.Float16 ? HalfTolerance : Tolerance;

    private static void Require(string path, double difference, double tolerance, string what)
    {
        if (!(difference <= tolerance))
        {
            throw new CassException($"ONNX Runtime computes something else of '{Path.GetFileName(path)}' than TorchSharp: {what} differ by {difference:G3}, more than {tolerance:G3}. The file was not written.");
        }
    }

    private static InferenceSession Open(string path)
    {
        try
        {
            return new InferenceSession(path);
        }
        catch (OnnxRuntimeException error)
        {
            throw new CassException($"ONNX Runtime does not take '{Path.GetFileName(path)}': {error.Message}. The file was not written.", error);
        }
    }
}
