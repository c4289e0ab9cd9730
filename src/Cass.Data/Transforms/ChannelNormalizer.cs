namespace Cass.Data;

/// <summary>
/// Turns interleaved bytes into normalised planes of floats: x / 255, − mean, / std in single precision, as
/// torchvision's <c>to_tensor</c> and <c>normalize</c>. All 256 results of a channel are computed once.
/// </summary>
internal sealed class ChannelNormalizer
{
    private readonly float[][] tables;

    public ChannelNormalizer(ChannelStatistics statistics)
    {
        tables = new float[statistics.Channels][];
        for (var c = 0; c < tables.Length; c++)
        {
            var (mean, std) = ((float)statistics.Mean[c], (float)statistics.Std[c]);
            tables[c] = [.. Enumerable.Range(0, 256).Select(v => ((v / 255f) - mean) / std)];
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
            WritePlane(image.Pixels, image.Channels == 3 ? c : 0, image.Channels, tables[c], chw.Slice(c * plane, plane));
        }
    }

    private static void WritePlane(ReadOnlySpan<byte> pixels, int offset, int stride, ReadOnlySpan<float> table, Span<float> plane)
    {
        table = table[..256];
        if (stride == 1)
        {
            pixels = pixels[..plane.Length];
            for (var i = 0; i < plane.Length; i++)
            {
                plane[i] = table[pixels[i]];
            }

            return;
        }

        for (int i = 0, from = offset; i < plane.Length; i++, from += stride)
        {
            plane[i] = table[pixels[from]];
        }
    }
}
