using Cass.Data;
using Cass.Training;
using static TorchSharp.torch;

namespace Cass.Explain;

/// <summary>Explains what classifiers say of images. May be called from several threads at once, as prediction may.</summary>
public static class ImageClassifierExplanations
{
    /// <summary>Explains an image file.</summary>
    /// <param name="classifier">The classifier.</param>
    /// <param name="path">The file; it is decoded by the classifier's <see cref="ImageClassifier.Decoding"/>.</param>
    /// <param name="method">How; the first of <see cref="NetworkRelevance.Suitable"/> where null.</param>
    /// <param name="target">The class, by name or number; the most probable by default.</param>
    /// <param name="options">The defaults where null.</param>
    /// <param name="cancellationToken">Heeded before each batch of altered images.</param>
    /// <returns>The heat map, with what it is of.</returns>
    /// <exception cref="CassInputException">
    /// The file is missing, unreadable or larger than allowed, there is no such class, the method does not suit the network, or an option is out of its range; the message names what would do.
    /// </exception>
    public static Explanation Explain(
        this ImageClassifier classifier,
        string path,
        ExplanationMethod? method = null,
        TargetClass target = default,
        ExplanationOptions? options = null,
        CancellationToken cancellationToken = default) => Explain(classifier, new ImageFile(path), method, target, options, cancellationToken);

    /// <summary>Explains an image from anywhere: bytes and streams by way of <see cref="EncodedImage"/>.</summary>
    /// <param name="classifier">The classifier.</param>
    /// <param name="image">Where it comes from. One that has no options of decoding of its own is decoded by the classifier's <see cref="ImageClassifier.Decoding"/>.</param>
    /// <param name="method">How; the first of <see cref="NetworkRelevance.Suitable"/> where null.</param>
    /// <param name="target">The class, by name or number; the most probable by default.</param>
    /// <param name="options">The defaults where null.</param>
    /// <param name="cancellationToken">Heeded before each batch of altered images.</param>
    /// <returns>The heat map, with what it is of.</returns>
    /// <exception cref="CassInputException">
    /// The image is missing, unreadable or larger than allowed, there is no such class, the method does not suit the network, or an option is out of its range; the message names what would do.
    /// </exception>
    public static Explanation Explain(
        this ImageClassifier classifier,
        IImageSource image,
        ExplanationMethod? method = null,
        TargetClass target = default,
        ExplanationOptions? options = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(classifier);
        ArgumentNullException.ThrowIfNull(image);
        var network = classifier.Network;
        var chosen = method ?? NetworkRelevance.Suitable(network)[0];
        NetworkRelevance.RequireSuitable(network, chosen);
        cancellationToken.ThrowIfCancellationRequested();

        // Whole, so that the heat map has the image's own size.
        var decoded = ImageDecoder.DecodeFor(image, classifier.Decoding with { ReducingGap = null }, classifier.ImageHeight, classifier.ImageWidth);
        var prepared = PreparedImage.Of(new DecodedImage(image.Name, decoded), classifier.Decoding, PipelineOf(classifier));
        var prediction = classifier.Predict(prepared);
        var classId = target.IdIn(classifier.Labels, prediction);
        using var scope = NewDisposeScope();
        var relevance = NetworkRelevance.Of(network, Input(classifier, prepared), classId, chosen, options, classifier.Normalization, cancellationToken);
        return new Explanation(decoded, network.ModelName, classifier.Labels[classId], prediction, relevance);
    }

    private static ImagePipeline PipelineOf(ImageClassifier classifier) => CassTransforms.Validation(classifier.ImageHeight, classifier.ImageWidth, classifier.Normalization);

    private static Tensor Input(ImageClassifier classifier, PreparedImage image)
    {
        var pipeline = PipelineOf(classifier);
        var pixels = new float[pipeline.OutputLength];
        image.Write(pipeline, pixels);
        using var mode = inference_mode(false);
        var parameter = classifier.Network.parameters().First();
        return tensor(pixels, [1, pipeline.OutputChannels, pipeline.OutputHeight, pipeline.OutputWidth]).to(parameter.dtype, parameter.device);
    }

    /// <summary>An image that is decoded already.</summary>
    private sealed record DecodedImage(string Name, PixelImage Pixels) : IImageSource
    {
        public PixelImage Decode() => Pixels;
    }
}
