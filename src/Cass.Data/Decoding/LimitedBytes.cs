namespace Cass.Data;

/// <summary>What a stream gives, whose length need not be known, up to a limit.</summary>
internal sealed class LimitedBytes
{
    private const int SmallestBuffer = 16 * 1024;

    private readonly string name;
    private readonly ImageDecodingOptions options;
    private byte[] buffer;
    private int count;

    /// <param name="stream">The stream, of which nothing is read here.</param>
    /// <param name="name">What the image is called in errors.</param>
    /// <param name="options">Has the limit.</param>
    /// <exception cref="UnreadableImageException">The stream says that it is longer than allowed.</exception>
    public LimitedBytes(Stream stream, string name, ImageDecodingOptions options)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        this.name = name;
        this.options = options;
        var known = stream.CanSeek ? Math.Max(0, stream.Length - stream.Position) : 0;
        ImageDecoder.CheckBytes(known, name, options);

        // One byte more, so that the end is noticed without a larger buffer.
        buffer = new byte[Math.Max(Math.Min(SmallestBuffer, LargestBuffer), Math.Min(known + 1, Array.MaxLength))];
    }

    /// <summary>Where the next bytes go; never empty.</summary>
    public Memory<byte> Free
    {
        get
        {
            if (count == buffer.Length)
            {
                if (buffer.Length >= LargestBuffer)
                {
                    throw ImageDecoder.TooManyBytes(name, options);
                }

                Array.Resize(ref buffer, (int)Math.Min(2L * buffer.Length, LargestBuffer));
            }

            return buffer.AsMemory(count);
        }
    }

    /// <summary>All that was added.</summary>
    public ReadOnlyMemory<byte> Written => buffer.AsMemory(0, count);

    /// <summary>A byte more than allowed, to find out that there are more.</summary>
    private long LargestBuffer => Math.Min(Math.Max(options.MaxBytes, 0) + 1, Array.MaxLength);

    /// <summary>Takes note of bytes that were written to <see cref="Free"/>.</summary>
    /// <exception cref="UnreadableImageException">They are more than allowed.</exception>
    public void Add(int added)
    {
        count += added;
        if (count > options.MaxBytes)
        {
            throw ImageDecoder.TooManyBytes(name, options);
        }
    }
}
