namespace Cass.Data;

/// <summary>An encoded image in memory: the bytes of a JPEG, PNG, BMP, WebP or GIF from a database, a message, an archive.</summary>
public sealed class EncodedImage : IEncodedImageSource
{
    private readonly ReadOnlyMemory<byte> encoded;
    private readonly ImageDecodingOptions options;

    /// <summary>Wraps the bytes without copying them.</summary>
    /// <param name="encoded">The bytes of the file.</param>
    /// <param name="name">What the image is called in errors and reports.</param>
    /// <param name="options">Limits and choices of decoding; null for the defaults.</param>
    public EncodedImage(ReadOnlyMemory<byte> encoded, string name, ImageDecodingOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        this.encoded = encoded;
        Name = name;
        this.options = options ?? ImageDecodingOptions.Default;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Limits and choices of decoding.</summary>
    public ImageDecodingOptions DecodingOptions => options;

    long IEncodedImageSource.Length => encoded.Length;

    byte[] IEncodedImageSource.ReadBytes() => encoded.ToArray();

    /// <inheritdoc/>
    /// <exception cref="UnreadableImageException">The bytes are no whole image of an allowed size.</exception>
    public PixelImage Decode() => ImageDecoder.Decode(encoded.Span, Name, options);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
