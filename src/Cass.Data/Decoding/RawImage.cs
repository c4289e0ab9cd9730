namespace Cass.Data;

/// <summary>
/// An image that does not come from an image file: pixels from DICOM, a PACS, a database, a microscope, of 8, 16 or 32
/// bits. They are read when the image is decoded, each time.
/// </summary>
public sealed class RawImage : IImageSource
{
    private readonly int width;
    private readonly int height;
    private readonly int channels;
    private readonly Func<byte[]> read;

    private RawImage(string name, int width, int height, int channels, Func<byte[]> read)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (channels is not (1 or 3))
        {
            throw new ArgumentException($"An image has 1 (grey) or 3 (RGB) channels, not {channels}.", nameof(channels));
        }

        Name = name;
        this.width = width;
        this.height = height;
        this.channels = channels;
        this.read = read;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>An image of 8 bits a sample.</summary>
    /// <param name="name">What the image is called in errors and reports.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="read">Reads the samples, [height, width, channels] row-major; called from several threads, once per use.</param>
    /// <param name="channels">1 for greyscale, 3 for RGB.</param>
    /// <returns>The image.</returns>
    public static RawImage FromBytes(string name, int width, int height, Func<ReadOnlyMemory<byte>> read, int channels = 1)
    {
        ArgumentNullException.ThrowIfNull(read);
        return new RawImage(name, width, height, channels, () => read().ToArray());
    }

    /// <summary>An image of unsigned 16 bits a sample.</summary>
    /// <param name="name">What the image is called in errors and reports.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="read">Reads the samples, [height, width, channels] row-major; called from several threads, once per use.</param>
    /// <param name="mapping">How samples become grey levels.</param>
    /// <param name="channels">1 for greyscale, 3 for RGB.</param>
    /// <returns>The image.</returns>
    public static RawImage FromUInt16(string name, int width, int height, Func<ReadOnlyMemory<ushort>> read, IntensityMapping mapping, int channels = 1)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(mapping);
        return new RawImage(name, width, height, channels, () => Map(read().Span, mapping));
    }

    /// <summary>An image of signed 16 bits a sample, such as Hounsfield units.</summary>
    /// <param name="name">What the image is called in errors and reports.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="read">Reads the samples, [height, width, channels] row-major; called from several threads, once per use.</param>
    /// <param name="mapping">How samples become grey levels.</param>
    /// <param name="channels">1 for greyscale, 3 for RGB.</param>
    /// <returns>The image.</returns>
    public static RawImage FromInt16(string name, int width, int height, Func<ReadOnlyMemory<short>> read, IntensityMapping mapping, int channels = 1)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(mapping);
        return new RawImage(name, width, height, channels, () => Map(read().Span, mapping));
    }

    /// <summary>An image of 32-bit floating-point samples.</summary>
    /// <param name="name">What the image is called in errors and reports.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="read">Reads the samples, [height, width, channels] row-major; called from several threads, once per use.</param>
    /// <param name="mapping">How samples become grey levels.</param>
    /// <param name="channels">1 for greyscale, 3 for RGB.</param>
    /// <returns>The image.</returns>
    public static RawImage FromSingle(string name, int width, int height, Func<ReadOnlyMemory<float>> read, IntensityMapping mapping, int channels = 1)
    {
        ArgumentNullException.ThrowIfNull(read);
        ArgumentNullException.ThrowIfNull(mapping);
        return new RawImage(name, width, height, channels, () => Map(read().Span, mapping));
    }

    /// <inheritdoc/>
    /// <exception cref="UnreadableImageException">There are too few or too many samples, or one is NaN or infinite.</exception>
    public PixelImage Decode()
    {
        byte[] pixels;
        try
        {
            pixels = read();
        }
        catch (CassInputException e) when (e is not UnreadableImageException)
        {
            throw new UnreadableImageException(Name, e.Message, e);
        }

        var expected = (long)width * height * channels;
        return pixels.Length == expected
            ? new PixelImage(width, height, channels, pixels)
            : throw new UnreadableImageException(Name, $"it has {pixels.Length} samples; {width}×{height} pixels with {channels} channel(s) need {expected}.");
    }

    /// <inheritdoc/>
    public override string ToString() => Name;

    private static byte[] Map<T>(ReadOnlySpan<T> samples, IntensityMapping mapping)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        var floats = new float[samples.Length];
        for (var i = 0; i < floats.Length; i++)
        {
            floats[i] = float.CreateTruncating(samples[i]);
        }

        var levels = new byte[floats.Length];
        mapping.Apply(floats, levels);
        return levels;
    }
}
