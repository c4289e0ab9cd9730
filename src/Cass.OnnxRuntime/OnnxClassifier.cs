using System.Numerics.Tensors;
using Cass.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Cass.OnnxRuntime;

/// <summary>
/// A classifier that was exported to ONNX, run by ONNX Runtime: it reads, resizes and normalises images as the trainer's classifier
/// does, and gives the same labels. Nothing of libtorch is loaded. May be used by several threads at once.
/// </summary>
/// <example><code>
/// using var classifier = OnnxClassifier.Load("model.onnx");
/// Prediction prediction = classifier.Predict("scan.png");
/// Console.WriteLine($"{prediction.Label} {prediction.Probability:P1}");
/// </code></example>
public sealed class OnnxClassifier : IDecodingPredictor, IDisposable
{
    private const int Channels = 3;
    private readonly InferenceSession session;
    private readonly ImagePipeline? pipeline;
    private readonly double[]? thresholds;
    private readonly string input;
    private readonly string output;
    private bool isDisposed;
    private ImageDecodingOptions decoding = ImageDecodingOptions.ForPrediction;

    private OnnxClassifier(InferenceSession session, OnnxClassifierMetadata metadata, string input, string output)
    {
        (this.session, Metadata, this.input, this.output) = (session, metadata, input, output);
        Labels = new LabelMap(metadata.Labels);
        pipeline = metadata.Preprocesses ? null : CassTransforms.Validation(metadata.ImageHeight, metadata.ImageWidth, new ChannelStatistics(metadata.Mean, metadata.Std));
        thresholds = metadata.Activation == OutputActivation.Softmax
            ? null
            : [.. metadata.Labels.Select((_, i) => metadata.Thresholds[metadata.Thresholds.Count == 1 ? 0 : i])];
    }

    /// <inheritdoc/>
    public LabelMap Labels { get; }

    /// <summary>What the file says of the classifier.</summary>
    public OnnxClassifierMetadata Metadata { get; }

    /// <summary>
    /// How images are decoded that have no options of their own. Default <see cref="ImageDecodingOptions.ForPrediction"/>, whose limits are lower
    /// than training's.
    /// </summary>
    public ImageDecodingOptions Decoding
    {
        get => decoding;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            decoding = value;
        }
    }

    /// <summary>Reads a classifier that Cass.Onnx wrote.</summary>
    /// <param name="path">The ONNX file.</param>
    /// <param name="options">How ONNX Runtime runs it: threads, or another execution provider such as CUDA's; its defaults, on the CPU, where null. It stays the caller's.</param>
    /// <returns>The classifier; the caller disposes it.</returns>
    /// <exception cref="CassInputException">The file is missing or no ONNX model, names weights outside its folder, or has no metadata of a classifier; the message says which.</exception>
    public static OnnxClassifier Load(string path, SessionOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (!File.Exists(path))
        {
            throw new CassInputException($"'{path}' is not there; give the path of an ONNX file.");
        }

        var opened = Open(path, options);
        try
        {
            return Create(opened, path);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<Prediction> Predict(IReadOnlyList<IImageSource> images)
    {
        ArgumentNullException.ThrowIfNull(images);
        ObjectDisposedException.ThrowIf(isDisposed, this);
        var probabilities = Probabilities(images);
        return [.. images.Select((image, i) => Prediction.Of(image.Name, Labels, thresholds, probabilities.AsSpan(i * Labels.Count, Labels.Count)))];
    }

    /// <inheritdoc/>
    /// <remarks>A graph that resizes takes images as they are: they are decoded when they are predicted, one by one.</remarks>
    public IImageSource Prepare(IImageSource image) => pipeline is null ? image : PreparedImage.Of(image, Decoding, pipeline);

    /// <inheritdoc/>
    public void Dispose()
    {
        isDisposed = true;
        session.Dispose();
    }

    private static InferenceSession Open(string path, SessionOptions? options)
    {
        try
        {
            return options is null ? new InferenceSession(path) : new InferenceSession(path, options);
        }
        catch (OnnxRuntimeException error)
        {
            throw new CassInputException($"'{path}' cannot be run by ONNX Runtime: {error.Message}", error);
        }
    }

    private static OnnxClassifier Create(InferenceSession session, string path)
    {
        if (!session.ModelMetadata.CustomMetadataMap.TryGetValue(OnnxClassifierMetadata.Key, out var json))
        {
            throw new CassInputException($"'{path}' is an ONNX model without the metadata '{OnnxClassifierMetadata.Key}' of a classifier; export one with Cass.Onnx, or use ONNX Runtime itself.");
        }

        var metadata = OnnxClassifierMetadata.Parse(json, path);
        var expected = metadata.Preprocesses ? typeof(byte) : typeof(float);
        if (session.InputMetadata.Count != 1 || session.OutputMetadata.Count != 1 || session.InputMetadata.Values.Single().ElementType != expected
            || session.OutputMetadata.Values.Single().Dimensions is not [_, var outputs] || outputs != metadata.Labels.Count)
        {
            throw new CassInputException($"The graph of '{path}' is not that of a classifier of {metadata.Labels.Count} classes, as its metadata says; export it again.");
        }

        return new OnnxClassifier(session, metadata, session.InputMetadata.Keys.Single(), session.OutputMetadata.Keys.Single());
    }

    private float[] Probabilities(IReadOnlyList<IImageSource> images)
    {
        if (images.Count == 0)
        {
            return [];
        }

        float[] probabilities = pipeline is null ? [.. images.SelectMany(image => Run(Pixels(image)))] : Run(Batch(images, pipeline));
        if (!Metadata.Activates)
        {
            for (var i = 0; i < images.Count; i++)
            {
                Activate(probabilities.AsSpan(i * Labels.Count, Labels.Count), Metadata.Activation);
            }
        }

        var broken = Array.FindIndex(probabilities, value => !float.IsFinite(value));
        return broken < 0 ? probabilities : throw new CassException($"The network gives numbers that are not finite for '{images[broken / Labels.Count].Name}'; its weights are damaged, or the image is like none that it was trained on.");
    }

    private static void Activate(Span<float> logits, OutputActivation activation)
    {
        if (activation == OutputActivation.Sigmoid)
        {
            TensorPrimitives.Sigmoid(logits, logits);
            return;
        }

        // SoftMax exponentiates what it is given.
        TensorPrimitives.Subtract(logits, TensorPrimitives.Max(logits), logits);
        TensorPrimitives.SoftMax(logits, logits);
    }

    private NamedOnnxValue Batch(IReadOnlyList<IImageSource> images, ImagePipeline steps)
    {
        var values = new float[images.Count * steps.OutputLength];
        for (var i = 0; i < images.Count; i++)
        {
            var image = images[i] ?? throw new ArgumentException($"Image {i} is null.", nameof(images));
            PreparedImage.Of(image, Decoding, steps).Write(steps, values.AsSpan(i * steps.OutputLength, steps.OutputLength));
        }

        return NamedOnnxValue.CreateFromTensor(input, new DenseTensor<float>(values, [images.Count, Channels, steps.OutputHeight, steps.OutputWidth]));
    }

    /// <summary>An image as it is: sizes differ, so that each is a batch of its own.</summary>
    private NamedOnnxValue Pixels(IImageSource image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var decoded = ImageDecoder.DecodeFor(image, Decoding, Metadata.ImageHeight, Metadata.ImageWidth);
        var pixels = new byte[decoded.Width * decoded.Height * Channels];
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = decoded.Pixels[decoded.Channels == 1 ? i / Channels : i];
        }

        return NamedOnnxValue.CreateFromTensor(input, new DenseTensor<byte>(pixels, [1, decoded.Height, decoded.Width, Channels]));
    }

    private float[] Run(NamedOnnxValue value)
    {
        using var results = session.Run([value], [output]);
        return [.. results[0].AsEnumerable<float>()];
    }
}
