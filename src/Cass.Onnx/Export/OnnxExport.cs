using Cass.OnnxRuntime;
using Cass.Training;
using Google.Protobuf;
using Onnx;

namespace Cass.Onnx;

/// <summary>Writes networks and classifiers as ONNX models: in evaluation mode, batch norms folded, for batches of any size.</summary>
/// <remarks>
/// The operators are of version 17 (18 with preprocessing), the format of version 8. A network's input is <c>images</c>, float32
/// [batch, channels, height, width], normalised as for the network itself; its output is <c>logits</c> [batch, classes], or <c>features</c>
/// [batch, features] where it has no classifier. Files are written beside their place and then moved there, so that none is ever half there.
/// </remarks>
public static class OnnxExport
{
    private const string BatchName = "batch";
    private const int IrVersion = 8;
    private const long LargestInlineWeights = 1L << 30;

    /// <summary>Writes a network.</summary>
    /// <param name="backbone">The network, in whatever mode; it stays as it is.</param>
    /// <param name="path">The ONNX file; folders are created where they are missing, and a file that is there is replaced.</param>
    /// <param name="options">How; the defaults where null.</param>
    /// <exception cref="CassInputException">The network, or an option for it, cannot be exported; the message names the module or option.</exception>
    /// <exception cref="CassException">A check was asked for, and ONNX Runtime computes something else.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(Backbone backbone, string path, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        options ??= new OnnxExportOptions();
        if (options.IncludePreprocessing || options.IncludeActivation)
        {
            var name = options.IncludePreprocessing ? nameof(options.IncludePreprocessing) : nameof(options.IncludeActivation);
            throw new CassInputException($"{nameof(OnnxExportOptions)}.{name} is for classifiers, which know their normalisation and activation; '{backbone.ModelName}' is a network alone.");
        }

        var size = options.ImageSize ?? (backbone.Configuration.InputHeight, backbone.Configuration.InputWidth);
        var (graph, _) = Write(backbone, size, options, classifier: null);
        OnnxModelFile.Write(path, Model(graph), UsesExternalWeights(graph, options), options.Check ? file => OnnxCheck.Run(file, backbone, size, options) : null);
    }

    /// <summary>
    /// Writes a classifier, with its labels, thresholds, image size and normalisation as metadata
    /// (<see cref="OnnxClassifierMetadata"/>), which <see cref="OnnxClassifier"/> predicts by.
    /// </summary>
    /// <param name="classifier">The classifier; it stays as it is.</param>
    /// <param name="path">The ONNX file; folders are created where they are missing, and a file that is there is replaced.</param>
    /// <param name="options">How; the defaults where null.</param>
    /// <exception cref="CassInputException">The network, or an option for it, cannot be exported; the message names the module or option.</exception>
    /// <exception cref="CassException">A check was asked for, and ONNX Runtime computes something else.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Save(ImageClassifier classifier, string path, OnnxExportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        options ??= new OnnxExportOptions();
        var size = (classifier.ImageHeight, classifier.ImageWidth);
        if (options.ImageSize is { } other && other != size)
        {
            throw new CassInputException($"{nameof(OnnxExportOptions)}.{nameof(options.ImageSize)} is {other.Height}×{other.Width}, and the classifier resizes images to {size.ImageHeight}×{size.ImageWidth}; leave it null.");
        }

        var (graph, metadata) = Write(classifier.Network, size, options, classifier);
        var model = Model(graph);
        model.MetadataProps.Add(new StringStringEntryProto { Key = OnnxClassifierMetadata.Key, Value = metadata!.ToJson() });
        OnnxModelFile.Write(path, model, UsesExternalWeights(graph, options), options.Check ? file => OnnxCheck.Run(file, classifier, options) : null);
    }

    private static (OnnxGraph Graph, OnnxClassifierMetadata? Metadata) Write(Backbone backbone, (int Height, int Width) size, OnnxExportOptions options, ImageClassifier? classifier)
    {
        var (takesAnySize, features, head) = options.Architectures.Of(backbone);
        var anySize = options.AnyImageSize ?? (takesAnySize(backbone) && !options.IncludePreprocessing && options.ImageSize is null);
        RequireSize(backbone, size, takesAnySize(backbone), anySize, options);
        var graph = new OnnxGraph(backbone.ModelName, options.Precision, options.IncludePreprocessing ? OnnxGraph.OperatorSetOfPreprocessing : OnnxGraph.OperatorSet);
        var images = options.IncludePreprocessing
            ? Preprocessing.Write(graph, classifier!, BatchName)
            : graph.ToPrecision(graph.Input("images", (int)TensorProto.Types.DataType.Float, [(BatchName, null), (null, backbone.Configuration.InputChannels), Side("height", size.Height), Side("width", size.Width)]));
        var output = head(backbone, graph, features(backbone, graph, images));
        var name = backbone.NumClasses == 0 ? "features" : "logits";
        if (options.IncludeActivation)
        {
            (output, name) = (classifier!.Activation == OutputActivation.Softmax ? graph.Softmax(output) : graph.Sigmoid(output), "probabilities");
        }

        graph.Output(output, name, BatchName);
        return (graph, classifier is null ? null : MetadataOf(classifier, options));

        (string? Name, long? Size) Side(string symbol, int pixels) => anySize ? (symbol, null) : (null, pixels);
    }

    private static void RequireSize(Backbone backbone, (int Height, int Width) size, bool takesAnySize, bool anySize, OnnxExportOptions options)
    {
        if (anySize && (!takesAnySize || options.IncludePreprocessing))
        {
            throw new CassInputException(takesAnySize
                ? $"{nameof(OnnxExportOptions)}.{nameof(options.AnyImageSize)} and {nameof(options.IncludePreprocessing)} exclude each other: the graph resizes to one size."
                : $"{nameof(OnnxExportOptions)}.{nameof(options.AnyImageSize)} is true, and the graph of '{backbone.ModelName}' is for images of one size; leave it null.");
        }

        var (height, width) = (backbone.Configuration.InputHeight, backbone.Configuration.InputWidth);
        if (size is not ( > 0, > 0) || (!takesAnySize && size != (height, width)))
        {
            throw new CassInputException($"{nameof(OnnxExportOptions)}.{nameof(options.ImageSize)} is {size.Height}×{size.Width}, and '{backbone.ModelName}' was built for {height}×{width}; leave it null, or build the network for that size.");
        }
    }

    private static OnnxClassifierMetadata MetadataOf(ImageClassifier classifier, OnnxExportOptions options) => new()
    {
        Architecture = classifier.Network.ModelName,
        Labels = classifier.Labels.Names,
        Thresholds = [.. classifier.Labels.Names.Select((_, i) => classifier.Thresholds[i])],
        Activation = classifier.Activation,
        ImageHeight = classifier.ImageHeight,
        ImageWidth = classifier.ImageWidth,
        Mean = classifier.Normalization.Mean,
        Std = classifier.Normalization.Std,
        Preprocesses = options.IncludePreprocessing,
        Activates = options.IncludeActivation,
    };

    private static ModelProto Model(OnnxGraph graph)
    {
        var model = new ModelProto
        {
            IrVersion = IrVersion,
            ProducerName = "CASS for .NET",
            ProducerVersion = typeof(OnnxExport).Assembly.GetName().Version!.ToString(3),
            Graph = graph.Proto,
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = string.Empty, Version = graph.UsedOperatorSet });
        return model;
    }

    private static bool UsesExternalWeights(OnnxGraph graph, OnnxExportOptions options) =>
        options.ExternalWeights ?? (graph.Proto.Initializer.Sum(weight => (long)weight.RawData.Length) > LargestInlineWeights);
}
