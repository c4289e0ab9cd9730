using SkiaSharp;

namespace Cass.Data;

/// <summary>The size to decode to where an image is much larger than what it is decoded for.</summary>
internal static class ReducedSize
{
    /// <summary>The parts of a side that the inverse cosine transform of a JPEG can compute alone.</summary>
    private const int Eighths = 8;

    /// <summary>The smallest size that the codec decodes to, in eighths, and that is <paramref name="gap"/> times the input's or more.</summary>
    /// <param name="codec">The codec; one that cannot scale gives the whole size.</param>
    /// <param name="input">Size of the network's input.</param>
    /// <param name="gap">How many times larger the image stays, in height and in width.</param>
    /// <param name="isTurned">Whether the image is turned the way up that it says.</param>
    public static (int Width, int Height) Of(SKCodec codec, (int Height, int Width) input, double gap, bool isTurned)
    {
        var swaps = isTurned && ExifOrientation.SwapsSides(codec.EncodedOrigin);
        var (height, width) = swaps ? (input.Width, input.Height) : input;
        for (var eighths = 1; eighths < Eighths; eighths++)
        {
            var size = codec.GetScaledDimensions((float)eighths / Eighths);
            if (size.Width >= gap * width && size.Height >= gap * height)
            {
                return (size.Width, size.Height);
            }
        }

        return (codec.Info.Width, codec.Info.Height);
    }
}
