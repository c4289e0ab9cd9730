using System.Numerics;
using System.Runtime.CompilerServices;

namespace Cass.Data;

/// <summary>
/// Changes of colour for fixed parameters, with Pillow's integer and single-precision arithmetic; the functions of the
/// same names in torchvision, applied to PIL images. The given image stays as it is.
/// </summary>
public static class ImageColor
{
    /// <summary>Scales the values towards black or beyond: <c>adjust_brightness</c>.</summary>
    /// <param name="image">The image.</param>
    /// <param name="factor">0 gives black, 1 the image, 2 twice its brightness; at least 0.</param>
    /// <returns>The changed image.</returns>
    public static PixelImage AdjustBrightness(PixelImage image, double factor)
    {
        ArgumentNullException.ThrowIfNull(image);
        return IsUnchanged(factor) ? image : BlendWithConstant(image, 0, (float)factor);
    }

    /// <summary>Scales the distance to the mean grey value: <c>adjust_contrast</c>.</summary>
    /// <param name="image">The image.</param>
    /// <param name="factor">0 gives uniform grey, 1 the image, 2 twice its contrast; at least 0.</param>
    /// <returns>The changed image.</returns>
    public static PixelImage AdjustContrast(PixelImage image, double factor)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (IsUnchanged(factor))
        {
            return image;
        }

        var mean = (double)SumOfLuminance(image) / ((long)image.Width * image.Height);
        return BlendWithConstant(image, (int)(mean + 0.5), (float)factor);
    }

    /// <summary>Scales the distance to the greyscale image: <c>adjust_saturation</c>.</summary>
    /// <param name="image">The image.</param>
    /// <param name="factor">0 gives greyscale, 1 the image, 2 twice its saturation; at least 0.</param>
    /// <returns>The changed image; a greyscale image as it is.</returns>
    public static PixelImage AdjustSaturation(PixelImage image, double factor)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (IsUnchanged(factor) || image.Channels == 1)
        {
            return image;
        }

        var (from, alpha) = (image.Pixels, (float)factor);
        var to = PixelBuffers.Rent(from.Length);
        BlendWithLuminance(from, to, alpha);
        return new PixelImage(image.Width, image.Height, 3, to);
    }

    /// <summary>Rotates the hue: <c>adjust_hue</c>, through Pillow's 8-bit HSV.</summary>
    /// <param name="image">The image.</param>
    /// <param name="factor">Share of the colour circle, from −0.5 to 0.5.</param>
    /// <returns>The changed image; a greyscale image as it is.</returns>
    public static PixelImage AdjustHue(PixelImage image, double factor)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (!(factor is >= -0.5 and <= 0.5))
        {
            throw new ArgumentOutOfRangeException(nameof(factor), factor, "A hue factor lies between -0.5 and 0.5.");
        }

        if (image.Channels == 1)
        {
            return image;
        }

        var shift = (byte)(int)(factor * 255);
        var from = image.Pixels;
        var to = PixelBuffers.Rent(from.Length);
        for (var i = 0; i + 2 < from.Length; i += 3)
        {
            var (h, s, v) = HueColor.FromRgb(from[i], from[i + 1], from[i + 2]);
            (to[i], to[i + 1], to[i + 2]) = HueColor.ToRgb((byte)(h + shift), s, v);
        }

        return new PixelImage(image.Width, image.Height, 3, to);
    }

    /// <summary>Inverts the values at or above a threshold: <c>solarize</c>.</summary>
    /// <param name="image">The image.</param>
    /// <param name="threshold">Lowest value that is inverted, 0 to 255 (256 inverts none).</param>
    /// <returns>The changed image.</returns>
    public static PixelImage Solarize(PixelImage image, int threshold)
    {
        ArgumentNullException.ThrowIfNull(image);
        Span<byte> table = stackalloc byte[256];
        for (var i = 0; i < 256; i++)
        {
            table[i] = (byte)(i < threshold ? i : 255 - i);
        }

        return Map(image, table);
    }

    /// <summary>Replaces the colours by their luminance: <c>to_grayscale</c>.</summary>
    /// <param name="image">The image.</param>
    /// <returns>An image of one channel; a greyscale image as it is.</returns>
    public static PixelImage ToGrayscale(PixelImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Channels == 1)
        {
            return image;
        }

        var gray = PixelBuffers.Rent(image.Width * image.Height);
        WriteLuminance(image.Pixels, gray);
        return new PixelImage(image.Width, image.Height, 1, gray);
    }

    /// <summary>Luminance by ITU-R BT.601 in 16-bit fixed point. For R = G = B it is that value, as the weights add up to 65536.</summary>
    internal static int Luminance(int r, int g, int b) => ((19595 * r) + (38470 * g) + (7471 * b) + 0x8000) >> 16;

    internal static PixelImage Map(PixelImage image, ReadOnlySpan<byte> table)
    {
        var result = PixelBuffers.Rent(image.Pixels.Length);
        ByteTable.Map(table, image.Pixels, result);
        return new PixelImage(image.Width, image.Height, image.Channels, result);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void WriteLuminance(byte[] from, byte[] to)
    {
        var done = 0;
        if (SimdPaths.UseAvx2)
        {
            fixed (byte* source = from, target = to)
            {
                done = RgbRows.Luminance(source, target, to.Length);
            }
        }

        for (var i = done; i < to.Length; i++)
        {
            to[i] = (byte)Luminance(from[i * 3], from[(i * 3) + 1], from[(i * 3) + 2]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void BlendWithLuminance(byte[] from, byte[] to, float alpha)
    {
        var done = 0;
        if (SimdPaths.UseAvx2)
        {
            fixed (byte* source = from, target = to)
            {
                done = 3 * RgbRows.BlendWithLuminance(source, target, from.Length / 3, alpha);
            }
        }

        for (var i = done; i + 2 < from.Length; i += 3)
        {
            var (r, g, b) = (from[i], from[i + 1], from[i + 2]);
            var gray = Luminance(r, g, b);
            to[i] = Blend(gray, r, alpha);
            to[i + 1] = Blend(gray, g, alpha);
            to[i + 2] = Blend(gray, b, alpha);
        }
    }

    private static bool IsUnchanged(double factor)
    {
        if (!(factor >= 0 && double.IsFinite(factor)))
        {
            throw new ArgumentOutOfRangeException(nameof(factor), factor, "A factor of brightness, contrast or saturation is at least 0.");
        }

        return (float)factor == 1f;
    }

    private static PixelImage BlendWithConstant(PixelImage image, int constant, float alpha)
    {
        Span<byte> table = stackalloc byte[256];
        for (var i = 0; i < 256; i++)
        {
            table[i] = Blend(constant, i, alpha);
        }

        return Map(image, table);
    }

    /// <summary>Pillow's <c>Image.blend</c>: single precision, truncated.</summary>
    private static byte Blend(int from, int to, float alpha) => (byte)Math.Clamp(from + (alpha * (to - from)), 0f, 255f);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long SumOfLuminance(PixelImage image)
    {
        var pixels = image.Pixels;
        var sum = 0L;
        if (image.Channels == 3)
        {
            var gray = ToGrayscale(image);
            sum = SumOfLuminance(gray);
            PixelBuffers.Return(gray.Pixels);
            return sum;
        }

        var at = 0;
        if (Vector.IsHardwareAccelerated)
        {
            // 128 blocks of bytes add up to at most 65,280 in each of two 16-bit halves.
            while (at + Vector<byte>.Count <= pixels.Length)
            {
                var partial = Vector<ushort>.Zero;
                for (var block = 0; block < 128 && at + Vector<byte>.Count <= pixels.Length; block++, at += Vector<byte>.Count)
                {
                    Vector.Widen(new Vector<byte>(pixels, at), out var low, out var high);
                    partial += low + high;
                }

                Vector.Widen(partial, out var first, out var second);
                sum += Vector.Sum(first + second);
            }
        }

        for (; at < pixels.Length; at++)
        {
            sum += pixels[at];
        }

        return sum;
    }
}
