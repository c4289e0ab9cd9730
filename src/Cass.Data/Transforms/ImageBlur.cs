namespace Cass.Data;

/// <summary>Blurs images. The given image stays as it is.</summary>
public static class ImageBlur
{
    /// <summary>
    /// Blurs with a sampled Gaussian kernel, the image mirrored at its edges: torchvision's <c>gaussian_blur</c>, whose
    /// square kernel is applied here as two lines.
    /// </summary>
    /// <param name="image">The image; each side longer than half of the kernel.</param>
    /// <param name="kernelSize">Width of the kernel in pixels, odd.</param>
    /// <param name="sigma">Standard deviation in pixels, above 0.</param>
    /// <returns>The blurred image.</returns>
    /// <exception cref="CassInputException">The kernel is too wide for the image.</exception>
    public static PixelImage Gaussian(PixelImage image, int kernelSize, double sigma)
    {
        ArgumentNullException.ThrowIfNull(image);
        CheckKernel(kernelSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sigma);
        var half = kernelSize / 2;
        if (image.Width <= half || image.Height <= half)
        {
            throw new CassInputException($"A blur with a kernel of {kernelSize} pixels needs an image of more than {half} pixels in width and height; this one has {image.Width}×{image.Height}. Resize it first, or use a smaller kernel.");
        }

        var kernel = Kernel(kernelSize, sigma);
        var (w, h, c) = (image.Width, image.Height, image.Channels);
        var rows = System.Buffers.ArrayPool<float>.Shared.Rent(image.Pixels.Length);
        var result = PixelBuffers.Rent(image.Pixels.Length);
        try
        {
            BlurRows(image, kernel, rows);
            var line = w * c;
            var sums = new float[line];
            for (var y = 0; y < h; y++)
            {
                Array.Clear(sums);
                for (var k = 0; k < kernel.Length; k++)
                {
                    var source = rows.AsSpan(Mirrored(y + k - half, h) * line, line);
                    AddScaled(source, kernel[k], sums);
                }

                var to = result.AsSpan(y * line, line);
                for (var x = 0; x < line; x++)
                {
                    to[x] = (byte)Math.Clamp(MathF.Round(sums[x]), 0f, 255f);
                }
            }
        }
        finally
        {
            System.Buffers.ArrayPool<float>.Shared.Return(rows);
        }

        return new PixelImage(w, h, c, result);
    }

    internal static void CheckKernel(int kernelSize)
    {
        if (kernelSize < 1 || kernelSize % 2 == 0 || kernelSize > 1023)
        {
            throw new CassInputException($"A blur's kernel is {kernelSize} pixels wide; it must be odd, from 1 to 1023, such as 23.");
        }
    }

    private static float[] Kernel(int size, double sigma)
    {
        var values = new double[size];
        var half = (size - 1) * 0.5;
        for (var i = 0; i < size; i++)
        {
            var x = (i - half) / sigma;
            values[i] = Math.Exp(-0.5 * x * x);
        }

        var sum = values.Sum();
        return [.. values.Select(v => (float)(v / sum))];
    }

    private static void BlurRows(PixelImage image, float[] kernel, float[] rows)
    {
        var (w, c, half) = (image.Width, image.Channels, kernel.Length / 2);
        var padded = new float[(w + (2 * half)) * c];
        for (var y = 0; y < image.Height; y++)
        {
            var from = image.Pixels.AsSpan(y * w * c, w * c);
            for (var x = -half; x < w + half; x++)
            {
                for (var k = 0; k < c; k++)
                {
                    padded[((x + half) * c) + k] = from[(Mirrored(x, w) * c) + k];
                }
            }

            var to = rows.AsSpan(y * w * c, w * c);
            to.Clear();
            for (var k = 0; k < kernel.Length; k++)
            {
                AddScaled(padded.AsSpan(k * c, to.Length), kernel[k], to);
            }
        }
    }

    /// <summary>Mirrors a position at the outermost pixels, which are not repeated.</summary>
    private static int Mirrored(int position, int length)
    {
        if (position < 0)
        {
            position = -position;
        }

        return position >= length ? (2 * (length - 1)) - position : position;
    }

    private static void AddScaled(ReadOnlySpan<float> values, float factor, Span<float> sums)
    {
        var i = 0;
        var scale = new System.Numerics.Vector<float>(factor);
        for (; i + System.Numerics.Vector<float>.Count <= sums.Length; i += System.Numerics.Vector<float>.Count)
        {
            (new System.Numerics.Vector<float>(sums[i..]) + (new System.Numerics.Vector<float>(values[i..]) * scale)).CopyTo(sums[i..]);
        }

        for (; i < sums.Length; i++)
        {
            sums[i] += values[i] * factor;
        }
    }
}
