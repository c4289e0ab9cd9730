namespace Cass.Data;

/// <summary>
/// An image that is decoded and resized for one network or several, so that predicting it takes no more than the networks themselves. It
/// is small, whatever the image was, and predicted to the same bits.
/// </summary>
public sealed class PreparedImage : IImageSource
{
    private readonly PixelImage[] sizes;

    private PreparedImage(string name, PixelImage[] sizes) => (Name, this.sizes) = (name, sizes);

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Decodes an image, and runs the steps of pipelines on it up to their normalisation.</summary>
    /// <param name="image">The image; one that is prepared already is returned as it is.</param>
    /// <param name="options">How it is decoded, where it has no options of its own.</param>
    /// <param name="pipelines">Where it will go, at least one. None of their steps is random, and those of one output size do the same.</param>
    /// <returns>The image in the size of each pipeline.</returns>
    /// <exception cref="CassInputException">The image is missing, unreadable or larger than allowed; the message names it.</exception>
    /// <exception cref="ArgumentException">There is no pipeline, or the image was prepared for other sizes.</exception>
    public static PreparedImage Of(IImageSource image, ImageDecodingOptions options, params IReadOnlyList<ImagePipeline> pipelines)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(pipelines);
        if (pipelines.Count == 0)
        {
            throw new ArgumentException("An image is prepared for at least one pipeline.", nameof(pipelines));
        }

        if (image is PreparedImage prepared)
        {
            foreach (var pipeline in pipelines)
            {
                _ = prepared.For(pipeline);
            }

            return prepared;
        }

        var decoded = ImageDecoder.DecodeFor(image, options, pipelines.Max(pipeline => pipeline.OutputHeight), pipelines.Max(pipeline => pipeline.OutputWidth));
        PixelImage[] resized = [.. pipelines.DistinctBy(pipeline => (pipeline.OutputHeight, pipeline.OutputWidth)).Select(pipeline => pipeline.Transform(decoded))];
        if (image is IEncodedImageSource && Array.TrueForAll(resized, size => !ReferenceEquals(size.Pixels, decoded.Pixels)))
        {
            PixelBuffers.Return(decoded.Pixels);
        }

        return new PreparedImage(image.Name, resized);
    }

    /// <summary>Writes the image as a network takes it.</summary>
    /// <param name="pipeline">One of those that it was prepared for.</param>
    /// <param name="chw">Takes the result: [channels, height, width], normalised.</param>
    /// <exception cref="ArgumentException">It was not prepared for the pipeline's size, or the span has another length.</exception>
    public void Write(ImagePipeline pipeline, Span<float> chw)
    {
        ArgumentNullException.ThrowIfNull(pipeline);
        pipeline.Apply(For(pipeline), Random.Shared, chw);
    }

    /// <inheritdoc/>
    /// <remarks>In the size of the first pipeline that it was prepared for.</remarks>
    public PixelImage Decode() => sizes[0];

    /// <inheritdoc/>
    public override string ToString() => Name;

    private PixelImage For(ImagePipeline pipeline) => Array.Find(sizes, size => size.Height == pipeline.OutputHeight && size.Width == pipeline.OutputWidth)
        ?? throw new ArgumentException($"The image '{Name}' was prepared for {string.Join(" and ", sizes.Select(size => $"{size.Height}×{size.Width}"))}, not {pipeline.OutputHeight}×{pipeline.OutputWidth} pixels; give the image that it was prepared of.", nameof(pipeline));
}
