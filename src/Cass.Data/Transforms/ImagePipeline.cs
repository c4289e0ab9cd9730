namespace Cass.Data;

/// <summary>
/// From a decoded image to the input of a network: transforms in order, then [0, 1], normalisation and channels first.
/// Immutable and thread-safe, as long as its transforms are.
/// </summary>
public sealed class ImagePipeline
{
    private readonly TransformSequence sequence;
    private readonly ChannelNormalizer normalizer;

    /// <summary>Creates a pipeline.</summary>
    /// <param name="transforms">The steps, in order. At least one must fix the size, such as <see cref="Resize"/>; those after it must keep it.</param>
    /// <param name="normalization">Mean and standard deviation to normalise with; their number is the number of channels of the result.</param>
    /// <exception cref="CassInputException">No step fixes the size.</exception>
    public ImagePipeline(IEnumerable<IImageTransform> transforms, ChannelStatistics normalization)
    {
        ArgumentNullException.ThrowIfNull(normalization);
        sequence = new TransformSequence(transforms);
        normalizer = new ChannelNormalizer(normalization);
        Normalization = normalization;
        var sized = Leaves(sequence.Steps).OfType<ISizedTransform>().LastOrDefault()
            ?? throw new CassInputException($"No step of the pipeline fixes the size of its images; add a {nameof(Resize)}.");
        OutputHeight = sized.OutputHeight;
        OutputWidth = sized.OutputWidth;
    }

    /// <summary>The steps, in order.</summary>
    public IReadOnlyList<IImageTransform> Transforms => sequence.Steps;

    /// <summary>Mean and standard deviation that images are normalised with.</summary>
    public ChannelStatistics Normalization { get; }

    /// <summary>Height of the result in pixels.</summary>
    public int OutputHeight { get; }

    /// <summary>Width of the result in pixels.</summary>
    public int OutputWidth { get; }

    /// <summary>Channels of the result, 1 or 3.</summary>
    public int OutputChannels => normalizer.Channels;

    /// <summary>Number of floats of one image: channels · height · width.</summary>
    public int OutputLength => OutputChannels * OutputHeight * OutputWidth;

    internal TransformSequence Sequence => sequence;

    /// <summary>Runs the pipeline on one image.</summary>
    /// <param name="source">The decoded image; it stays as it is.</param>
    /// <param name="random">The only source of randomness.</param>
    /// <param name="chw">Takes the result: [channels, height, width], normalised; exactly <see cref="OutputLength"/> floats.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    /// <exception cref="InvalidOperationException">A transform after the last sizing step changed the size.</exception>
    public void Apply(PixelImage source, Random random, Span<float> chw)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(random);
        var lease = new PixelLease(source, isOwned: false);
        Prepare(lease, steps: 0);
        Finish(lease.Image, 0, random, chw);
        if (sequence.ReturnsOwnBuffers)
        {
            lease.Return();
        }
    }

    /// <summary>Runs the transforms on one image, without normalising: to look at what an augmentation does.</summary>
    /// <param name="source">The decoded image; it stays as it is.</param>
    /// <param name="random">The only source of randomness.</param>
    /// <returns>The transformed image.</returns>
    public PixelImage Transform(PixelImage source, Random random)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(random);
        var lease = new PixelLease(source, isOwned: false);
        Prepare(lease, steps: 0);
        return sequence.Apply(lease.Image, random);
    }

    /// <summary>Runs the transforms, none of which is random, on one image.</summary>
    internal PixelImage Transform(PixelImage source) => Transform(source, NoRandom.Instance);

    /// <summary>
    /// Runs the first steps, which must not be random, on one channel where the image is grey and the steps allow it,
    /// on three where they do not.
    /// </summary>
    internal void Prepare(PixelLease lease, int steps)
    {
        lease.Become(sequence.PreservesGray ? CollapseGray(lease.Image) : ChannelLayout.ToRgb(lease.Image));
        sequence.Apply(lease, 0, steps, NoRandom.Instance);
    }

    /// <summary>Runs the remaining steps on what <see cref="Prepare"/> returned, which stays as it is.</summary>
    internal void Finish(PixelImage prepared, int fromStep, Random random, Span<float> chw)
    {
        if (chw.Length != OutputLength)
        {
            throw new ArgumentException($"The result takes {OutputLength} floats; the span has {chw.Length}.", nameof(chw));
        }

        var lease = new PixelLease(prepared, isOwned: false);
        sequence.Apply(lease, fromStep, sequence.Steps.Count, random);
        var result = lease.Image;
        if (result.Height != OutputHeight || result.Width != OutputWidth)
        {
            throw new InvalidOperationException($"A transform changed the size to {result.Height}×{result.Width} after the pipeline had fixed it to {OutputHeight}×{OutputWidth}.");
        }

        normalizer.Write(result, chw);
        lease.Return();
    }

    private static PixelImage CollapseGray(PixelImage image)
    {
        if (image.Channels == 1 || !ChannelLayout.IsGray(image.Pixels))
        {
            return image;
        }

        var gray = PixelBuffers.Rent(image.Width * image.Height);
        ChannelLayout.FirstOfThree(image.Pixels, gray);
        return new PixelImage(image.Width, image.Height, 1, gray);
    }

    private static IEnumerable<IImageTransform> Leaves(IEnumerable<IImageTransform> steps) =>
        steps.SelectMany(s => s is Compose composite ? Leaves(composite.Steps) : [s]);

    /// <summary>Stands in where nothing may be random.</summary>
    private sealed class NoRandom : Random
    {
        public static readonly NoRandom Instance = new();

        protected override double Sample() => throw new InvalidOperationException($"A transform with a {nameof(IImageTransform.CacheKey)} asked for a random number.");
    }
}
