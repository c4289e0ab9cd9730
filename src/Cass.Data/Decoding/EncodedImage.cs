namespace Cass.Data;

/// <summary>An encoded image in memory: the bytes of a JPEG, PNG, BMP, WebP or GIF from a database, a message, an archive.</summary>
public sealed class EncodedImage : IEncodedImageSource
{
    private readonly ReadOnlyMemory<byte> encoded;
    private readonly ImageDecodingOptions? options;

    /// <summary>Wraps the bytes without copying them.</summary>
    /// <param name="encoded">The bytes of the file.</param>
    /// <param name="name">What the image is called in errors and reports.</param>
    /// <param name="options">Limits and choices of decoding; null for those of the classifier that it is given to, or else the defaults.</param>
    public EncodedImage(ReadOnlyMemory<byte> encoded, string name, ImageDecodingOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        this.encoded = encoded;
        Name = name;
        this.options = options;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Limits and choices of decoding.</summary>
    public ImageDecodingOptions DecodingOptions => options ?? ImageDecodingOptions.Default;

    long IEncodedImageSource.Length => encoded.Length;

    /// <summary>Reads an encoded image from a stream, to its end.</summary>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="name">What the image is called in errors and reports.</param>
    /// <param name="options">Limits and choices of decoding, of which <see cref="ImageDecodingOptions.MaxBytes"/> limits the reading; null for the defaults.</param>
    /// <returns>The image, not decoded yet.</returns>
    /// <exception cref="UnreadableImageException">There are more bytes than allowed; no more than those were read.</exception>
    public static EncodedImage Read(Stream stream, string name, ImageDecodingOptions? options = null)
    {
        var bytes = new LimitedBytes(stream, name, options ?? ImageDecodingOptions.Default);
        for (int count; (count = stream.Read(bytes.Free.Span)) > 0;)
        {
            bytes.Add(count);
        }

        return new EncodedImage(bytes.Written, name, options);
    }

    /// <summary>Reads an encoded image from a stream, to its end, without keeping a thread waiting: an upload, a blob.</summary>
    /// <param name="stream">The stream; it stays open.</param>
    /// <param name="name">What the image is called in errors and reports.</param>
    /// <param name="options">Limits and choices of decoding, of which <see cref="ImageDecodingOptions.MaxBytes"/> limits the reading; null for the defaults.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The image, not decoded yet.</returns>
    /// <exception cref="UnreadableImageException">There are more bytes than allowed; no more than those were read.</exception>
    public static async Task<EncodedImage> ReadAsync(Stream stream, string name, ImageDecodingOptions? options = null, CancellationToken cancellationToken = default)
    {
        var bytes = new LimitedBytes(stream, name, options ?? ImageDecodingOptions.Default);
        for (int count; (count = await stream.ReadAsync(bytes.Free, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            bytes.Add(count);
        }

        return new EncodedImage(bytes.Written, name, options);
    }

    PixelImage IEncodedImageSource.DecodeFor(ImageDecodingOptions fallback, (int Height, int Width) input) =>
        ImageDecoder.Decode(encoded.Span, Name, options ?? fallback, input);

    byte[] IEncodedImageSource.ReadBytes() => encoded.ToArray();

    /// <inheritdoc/>
    /// <exception cref="UnreadableImageException">The bytes are no whole image of an allowed size.</exception>
    public PixelImage Decode() => ImageDecoder.Decode(encoded.Span, Name, DecodingOptions);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
