using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Cass.Data;

/// <summary>Conversions between one, three and four interleaved channels.</summary>
internal static class ChannelLayout
{
    /// <summary>Copies RGB out of RGBA.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void DropAlpha(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        var (from, to) = (0, 0);
        if (Vector128.IsHardwareAccelerated)
        {
            var order = Vector128.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 0xff, 0xff, 0xff, 0xff);
            for (; from + 16 <= rgba.Length && to + 16 <= rgb.Length; from += 16, to += 12)
            {
                Vector128.Shuffle(Vector128.Create(rgba[from..]), order).CopyTo(rgb[to..]);
            }
        }

        for (; from < rgba.Length; from += 4, to += 3)
        {
            rgba.Slice(from, 3).CopyTo(rgb[to..]);
        }
    }

    /// <summary>Whether all three channels are equal in every pixel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static bool IsGray(ReadOnlySpan<byte> rgb)
    {
        // With R = G = B, the bytes of every three-byte pixel repeat; comparing the data with itself shifted by one
        // byte finds R against G and G against B, and ignores B against the next pixel's R.
        var i = 0;
        if (Vector.IsHardwareAccelerated)
        {
            var lanes = Vector<byte>.Count;
            Span<byte> masks = stackalloc byte[lanes * 3];
            for (var k = 0; k < masks.Length; k++)
            {
                masks[k] = k % 3 == 2 ? (byte)0 : (byte)0xff;
            }

            var (m0, m1, m2) = (new Vector<byte>(masks), new Vector<byte>(masks[lanes..]), new Vector<byte>(masks[(2 * lanes)..]));
            for (; i + (3 * lanes) < rgb.Length; i += 3 * lanes)
            {
                var block = rgb[i..];
                var difference = ((new Vector<byte>(block) ^ new Vector<byte>(block[1..])) & m0)
                    | ((new Vector<byte>(block[lanes..]) ^ new Vector<byte>(block[(lanes + 1)..])) & m1)
                    | ((new Vector<byte>(block[(2 * lanes)..]) ^ new Vector<byte>(block[((2 * lanes) + 1)..])) & m2);
                if (difference != Vector<byte>.Zero)
                {
                    return false;
                }
            }
        }

        for (; i < rgb.Length; i += 3)
        {
            if (rgb[i] != rgb[i + 1] || rgb[i] != rgb[i + 2])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Copies the first of three equal channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FirstOfThree(ReadOnlySpan<byte> rgb, Span<byte> gray)
    {
        var i = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            var first = Vector128.Create((byte)0, 3, 6, 9, 12, 15, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff);
            var second = Vector128.Create((byte)0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 5, 8, 11, 14, 0xff, 0xff, 0xff, 0xff, 0xff);
            var third = Vector128.Create((byte)0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 4, 7, 10, 13);
            for (; i + 16 <= gray.Length; i += 16)
            {
                var block = rgb.Slice(i * 3, 48);
                (Vector128.Shuffle(Vector128.Create(block), first)
                    | Vector128.Shuffle(Vector128.Create(block[16..]), second)
                    | Vector128.Shuffle(Vector128.Create(block[32..]), third)).CopyTo(gray[i..]);
            }
        }

        for (; i < gray.Length; i++)
        {
            gray[i] = rgb[i * 3];
        }
    }

    /// <summary>The same image with three equal channels; an RGB image as it is.</summary>
    public static PixelImage ToRgb(PixelImage image)
    {
        if (image.Channels == 3)
        {
            return image;
        }

        var rgb = PixelBuffers.Rent(image.Pixels.Length * 3);
        var triples = MemoryMarshal.Cast<byte, Triple>(rgb.AsSpan());
        for (var i = 0; i < triples.Length; i++)
        {
            var value = image.Pixels[i];
            triples[i] = new Triple(value, value, value);
        }

        return new PixelImage(image.Width, image.Height, 3, rgb);
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private readonly record struct Triple(byte R, byte G, byte B);
}
