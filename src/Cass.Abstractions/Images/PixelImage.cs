namespace Cass;

/// <summary>A decoded image: 8 bits a channel, rows from top to bottom, channels interleaved.</summary>
public sealed class PixelImage
{
    /// <summary>Wraps a pixel buffer without copying it.</summary>
    /// <param name="width">Width in pixels, at least 1.</param>
    /// <param name="height">Height in pixels, at least 1.</param>
    /// <param name="channels">1 for greyscale, 3 for RGB.</param>
    /// <param name="pixels">Exactly <c>width · height · channels</c> bytes, 0 to 255.</param>
    /// <exception cref="ArgumentException">The buffer's length does not match, or the number of channels is neither 1 nor 3.</exception>
    public PixelImage(int width, int height, int channels, byte[] pixels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentNullException.ThrowIfNull(pixels);
        if (channels is not (1 or 3))
        {
            throw new ArgumentException($"An image has 1 (grey) or 3 (RGB) channels, not {channels}.", nameof(channels));
        }

        if (pixels.LongLength != (long)width * height * channels)
        {
            throw new ArgumentException(
                $"An image of {width}×{height} with {channels} channel(s) needs {(long)width * height * channels} bytes; the buffer has {pixels.LongLength}.",
                nameof(pixels));
        }

        Width = width;
        Height = height;
        Channels = channels;
        Pixels = pixels;
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>1 for greyscale, 3 for RGB.</summary>
    public int Channels { get; }

    /// <summary>The samples, [height, width, channels] row-major, 0 to 255. The array itself, not a copy.</summary>
#pragma warning disable CA1819 // The buffer is the point of this type; loaders write into it.
    public byte[] Pixels { get; }
#pragma warning restore CA1819
}
