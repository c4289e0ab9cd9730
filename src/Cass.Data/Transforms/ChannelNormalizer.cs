using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cass.Data;

/// <summary>
/// Turns interleaved bytes into normalised planes of floats: x / 255, − mean, / std in single precision, as
/// torchvision's <c>to_tensor</c> and <c>normalize</c>. All 256 results of a channel are computed once.
/// </summary>
internal sealed class ChannelNormalizer
{
    private readonly float[][] tables;

    /// <summary>For each channel, an earlier one with the same mean and deviation: its plane of a grey image is the same.</summary>
    private readonly int?[] sameAs;

    public ChannelNormalizer(ChannelStatistics statistics)
    {
        tables = new float[statistics.Channels][];
        sameAs = new int?[tables.Length];
        for (var c = 0; c < tables.Length; c++)
        {
            var (mean, std) = ((float)statistics.Mean[c], (float)statistics.Std[c]);
            tables[c] = [.. Enumerable.Range(0, 256).Select(v => ((v / 255f) - mean) / std)];
            var earlier = Array.FindIndex(tables, 0, c, t => t.AsSpan().SequenceEqual(tables[c]));
            sameAs[c] = earlier >= 0 ? earlier : null;
        }
    }

    public int Channels => tables.Length;

    public void Write(PixelImage image, Span<float> chw)
    {
        var plane = image.Width * image.Height;
        if (image.Channels == 3 && Channels == 1)
        {
            var gray = ImageColor.ToGrayscale(image);
            Write(gray, chw);
            PixelBuffers.Return(gray.Pixels);
            return;
        }

        for (var c = 0; c < Channels; c++)
        {
            var target = chw.Slice(c * plane, plane);
            if (image.Channels == 3)
            {
                WriteChannel(image.Pixels, c, tables[c], target);
            }
            else if (c > 0 && sameAs[c] is { } earlier)
            {
                chw.Slice(earlier * plane, plane).CopyTo(target);
            }
            else
            {
                WriteGray(image.Pixels, tables[c], target);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteGray(ReadOnlySpan<byte> pixels, ReadOnlySpan<float> table, Span<float> plane)
    {
        ref var entries = ref MemoryMarshal.GetReference(table[..256]);
        pixels = pixels[..plane.Length];
        for (var i = 0; i < plane.Length; i++)
        {
            plane[i] = Unsafe.Add(ref entries, pixels[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void WriteChannel(ReadOnlySpan<byte> pixels, int channel, ReadOnlySpan<float> table, Span<float> plane)
    {
        ref var entries = ref MemoryMarshal.GetReference(table[..256]);
        ref var first = ref MemoryMarshal.GetReference(pixels[..(plane.Length * 3)]);
        for (var i = 0; i < plane.Length; i++)
        {
            plane[i] = Unsafe.Add(ref entries, Unsafe.Add(ref first, (i * 3) + channel));
        }
    }
}
