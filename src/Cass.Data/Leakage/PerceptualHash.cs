namespace Cass.Data;

/// <summary>
/// A hash of what an image looks like (Zauner 2010): the signs, against their median, of the 8×8 lowest frequencies of
/// the discrete cosine transform of the image in grey at 32×32. Scaling and compression change few of its 64 bits.
/// </summary>
public static class PerceptualHash
{
    private const int Side = 32;
    private const int Kept = 8;
    private static readonly double[,] Cosines = CosineTable();

    /// <summary>Computes the hash of an image.</summary>
    /// <param name="image">The image.</param>
    /// <returns>64 bits, whose Hamming distance says how different two images are.</returns>
    public static ulong Compute(PixelImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var small = ImageResampling.Resize(ImageColor.ToGrayscale(image), Side, Side);
        Span<double> rows = stackalloc double[Side * Kept];
        for (var y = 0; y < Side; y++)
        {
            for (var u = 0; u < Kept; u++)
            {
                var sum = 0.0;
                for (var x = 0; x < Side; x++)
                {
                    sum += small.Pixels[(y * Side) + x] * Cosines[u, x];
                }

                rows[(y * Kept) + u] = sum;
            }
        }

        Span<double> frequencies = stackalloc double[Kept * Kept];
        for (var v = 0; v < Kept; v++)
        {
            for (var u = 0; u < Kept; u++)
            {
                var sum = 0.0;
                for (var y = 0; y < Side; y++)
                {
                    sum += rows[(y * Kept) + u] * Cosines[v, y];
                }

                // Rounded, so that frequencies that an image does not have are 0 and not noise of the arithmetic.
                frequencies[(v * Kept) + u] = Math.Round(sum, 6);
            }
        }

        // The lowest frequency is the brightness, far above all others.
        Span<double> sorted = stackalloc double[(Kept * Kept) - 1];
        frequencies[1..].CopyTo(sorted);
        sorted.Sort();
        var median = sorted[sorted.Length / 2];
        var hash = 0UL;
        for (var i = 0; i < frequencies.Length; i++)
        {
            if (frequencies[i] > median)
            {
                hash |= 1UL << i;
            }
        }

        return hash;
    }

    private static double[,] CosineTable()
    {
        var table = new double[Kept, Side];
        for (var u = 0; u < Kept; u++)
        {
            for (var x = 0; x < Side; x++)
            {
                table[u, x] = Math.Cos(Math.PI * u * ((2 * x) + 1) / (2 * Side));
            }
        }

        return table;
    }
}
