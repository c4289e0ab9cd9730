using System.Runtime.CompilerServices;

namespace Cass.Data;

/// <summary>
/// Resamples an image at positions that a matrix gives, with Pillow's arithmetic (its affine transform in 16.16 fixed
/// point for the nearest pixel; double precision, truncated, for the others).
/// </summary>
internal static class ImageWarp
{
    public static PixelImage Affine(PixelImage image, ReadOnlySpan<double> a, Interpolation interpolation)
    {
        if (interpolation != Interpolation.Nearest)
        {
            return Sample(image, [a[0], a[1], a[2], a[3], a[4], a[5], 0, 0], interpolation, isPerspective: false);
        }

        if (a[1] == 0 && a[3] == 0)
        {
            return ScaleNearest(image, a);
        }

        var (w, h) = (image.Width, image.Height);
        return FitsFixedPoint(a, 0, 0) && FitsFixedPoint(a, w - 1, h - 1) && FitsFixedPoint(a, 0, h - 1) && FitsFixedPoint(a, w - 1, 0)
            ? AffineFixedPoint(image, a)
            : Sample(image, [a[0], a[1], a[2], a[3], a[4], a[5], 0, 0], interpolation, isPerspective: false);
    }

    public static PixelImage Perspective(PixelImage image, double[] a, Interpolation interpolation) =>
        Sample(image, a, interpolation, isPerspective: true);

    private static bool FitsFixedPoint(ReadOnlySpan<double> a, int x, int y) =>
        Math.Abs((x * a[0]) + (y * a[1]) + a[2]) < 32768.0 && Math.Abs((x * a[3]) + (y * a[4]) + a[5]) < 32768.0;

    private static PixelImage AffineFixedPoint(PixelImage image, ReadOnlySpan<double> a)
    {
        static int Fix(double value) => (int)Math.Floor((value * 65536.0) + 0.5);

        var (w, h, c) = (image.Width, image.Height, image.Channels);
        var (dx, dy) = (Fix(a[0]), Fix(a[3]));
        var (rowX, rowY) = (Fix(a[1]), Fix(a[4]));
        var (startX, startY) = (Fix(a[2] + (a[0] * 0.5) + (a[1] * 0.5)), Fix(a[5] + (a[3] * 0.5) + (a[4] * 0.5)));
        var result = PixelBuffers.Rent(image.Pixels.Length);
        for (var y = 0; y < h; y++)
        {
            var row = result.AsSpan(y * w * c, w * c);
            var (lowX, highX) = Inside(startX, dx, w, w);
            var (lowY, highY) = Inside(startY, dy, h, w);
            var low = Math.Max(lowX, lowY);
            var high = Math.Max(low, Math.Min(highX, highY));
            row[..(low * c)].Clear();
            row[(high * c)..].Clear();
            NearestRow(image, row[(low * c)..(high * c)], startX + (low * dx), startY + (low * dy), dx, dy);
            startX += rowX;
            startY += rowY;
        }

        return new PixelImage(w, h, c, result);
    }

    /// <summary>For which i from 0 to count a position start + i · step, in 16.16 fixed point, lies in 0…size.</summary>
    private static (int Low, int High) Inside(long start, long step, int size, int count)
    {
        var end = (long)size << 16;
        if (step == 0)
        {
            return start >= 0 && start < end ? (0, count) : (0, 0);
        }

        // The first i at or beyond one border, and the first at or beyond the other.
        var (near, far) = step > 0
            ? (CeilingOfQuotient(-start, step), CeilingOfQuotient(end - start, step))
            : (CeilingOfQuotient(start - end + 1, -step), CeilingOfQuotient(start + 1, -step));
        return ((int)Math.Clamp(near, 0, count), (int)Math.Clamp(far, 0, count));
    }

    private static long CeilingOfQuotient(long dividend, long divisor) => dividend > 0 ? (dividend + divisor - 1) / divisor : dividend / divisor;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe void NearestRow(PixelImage image, Span<byte> row, int xx, int yy, int dx, int dy)
    {
        var w = image.Width;
        if (image.Channels == 1)
        {
            if (SimdPaths.UseAvx2 && image.Pixels.Length >= 4)
            {
                fixed (byte* source = image.Pixels, target = row)
                {
                    GrayRows.Nearest(source, image.Pixels.Length, w, target, row.Length, xx, yy, dx, dy);
                }

                return;
            }

            for (var x = 0; x < row.Length; x++)
            {
                row[x] = image.Pixels[((yy >> 16) * w) + (xx >> 16)];
                xx += dx;
                yy += dy;
            }

            return;
        }

        var pixels = image.Pixels.AsSpan();
        for (var x = 0; x + 2 < row.Length; x += 3)
        {
            var from = pixels.Slice((((yy >> 16) * w) + (xx >> 16)) * 3, 3);
            row[x + 2] = from[2];
            row[x + 1] = from[1];
            row[x] = from[0];
            xx += dx;
            yy += dy;
        }
    }

    private static PixelImage ScaleNearest(PixelImage image, ReadOnlySpan<double> a)
    {
        var (w, h, c) = (image.Width, image.Height, image.Channels);
        var result = PixelBuffers.Rent(image.Pixels.Length);
        var columns = Positions(w, w, a[0], a[2] + (a[0] * 0.5));
        var rows = Positions(h, h, a[4], a[5] + (a[4] * 0.5));
        var to = 0;
        foreach (var row in rows)
        {
            foreach (var column in columns)
            {
                for (var k = 0; k < c; k++)
                {
                    result[to++] = row < 0 || column < 0 ? (byte)0 : image.Pixels[(((row * w) + column) * c) + k];
                }
            }
        }

        return new PixelImage(w, h, c, result);
    }

    private static int[] Positions(int count, int size, double step, double start)
    {
        var positions = new int[count];
        for (var i = 0; i < count; i++)
        {
            positions[i] = start < 0 || (int)start >= size ? -1 : (int)start;
            start += step;
        }

        return positions;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static PixelImage Sample(PixelImage image, double[] a, Interpolation interpolation, bool isPerspective)
    {
        var (w, h, c) = (image.Width, image.Height, image.Channels);
        var result = PixelBuffers.Rent(image.Pixels.Length);
        var sampler = new Sampler(image);
        var isGrayVectorized = interpolation == Interpolation.Bilinear && c == 1 && image.Pixels.Length >= 4 && SimdPaths.UseAvx2;
        for (var y = 0; y < h; y++)
        {
            var row = result.AsSpan(y * w * c, w * c);
            var yin = y + 0.5;
            for (var x = isGrayVectorized ? BilinearRow(image, a, isPerspective, yin, row) : 0; x < w; x++)
            {
                var xin = x + 0.5;
                var u = (a[0] * xin) + (a[1] * yin) + a[2];
                var v = (a[3] * xin) + (a[4] * yin) + a[5];
                if (isPerspective)
                {
                    var divisor = (a[6] * xin) + (a[7] * yin) + 1;
                    (u, v) = (u / divisor, v / divisor);
                }

                var to = row.Slice(x * c, c);
                if (!(u >= 0.0 && u < w && v >= 0.0 && v < h))
                {
                    to.Clear();
                    continue;
                }

                switch (interpolation)
                {
                    case Interpolation.Nearest:
                        sampler.Nearest(u, v, to);
                        break;
                    case Interpolation.Bilinear:
                        sampler.Bilinear(u, v, to);
                        break;
                    default:
                        sampler.Bicubic(u, v, to);
                        break;
                }
            }
        }

        return new PixelImage(w, h, c, result);
    }

    private static unsafe int BilinearRow(PixelImage image, double[] a, bool isPerspective, double yin, Span<byte> row)
    {
        fixed (byte* source = image.Pixels, target = row)
        {
            return GrayRows.Bilinear(source, image.Width, image.Height, a, isPerspective, yin, target, row.Length);
        }
    }

    /// <summary>Pillow's transform filters at a position inside the image.</summary>
    private readonly ref struct Sampler(PixelImage image)
    {
        private readonly ReadOnlySpan<byte> pixels = image.Pixels;
        private readonly int width = image.Width;
        private readonly int height = image.Height;
        private readonly int channels = image.Channels;
        private readonly bool isRgbVectorized = image.Channels == 3 && SimdPaths.UseAvx2;

        public void Nearest(double u, double v, Span<byte> to) =>
            pixels.Slice((((int)v * width) + (int)u) * channels, channels).CopyTo(to);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Bilinear(double u, double v, Span<byte> to)
        {
            u -= 0.5;
            v -= 0.5;
            var (x, y) = ((int)Math.Floor(u), (int)Math.Floor(v));
            var (dx, dy) = (u - x, v - y);
            var x0 = Math.Max(x, 0) * channels;
            var x1 = Math.Min(x + 1, width - 1) * channels;
            var lowerRight = (Math.Min(y + 1, height - 1) * width * channels) + x1;
            if (isRgbVectorized && lowerRight + 4 <= pixels.Length)
            {
                BilinearRgb(pixels, (Math.Max(y, 0) * width * 3) + x0, lowerRight, x1 - x0, dx, dy, to);
                return;
            }

            var upper = pixels[(Math.Max(y, 0) * width * channels)..];
            var lower = pixels[(Math.Min(y + 1, height - 1) * width * channels)..];
            for (var k = 0; k < to.Length; k++)
            {
                var top = upper[x0 + k] + ((upper[x1 + k] - upper[x0 + k]) * dx);
                var bottom = lower[x0 + k] + ((lower[x1 + k] - lower[x0 + k]) * dx);
                to[k] = (byte)(top + ((bottom - top) * dy));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static unsafe void BilinearRgb(ReadOnlySpan<byte> pixels, int upperLeft, int lowerRight, int toRight, double dx, double dy, Span<byte> to)
        {
            fixed (byte* source = pixels, target = to)
            {
                RgbRows.Bilinear(source + upperLeft, source + upperLeft + toRight, source + lowerRight - toRight, source + lowerRight, dx, dy, target);
            }
        }

        public void Bicubic(double u, double v, Span<byte> to)
        {
            u -= 0.5;
            v -= 0.5;
            var (x, y) = ((int)Math.Floor(u), (int)Math.Floor(v));
            var (dx, dy) = (u - x, v - y);
            Span<double> rows = stackalloc double[4];
            for (var k = 0; k < to.Length; k++)
            {
                for (var r = 0; r < 4; r++)
                {
                    var line = pixels[(Math.Clamp(y - 1 + r, 0, height - 1) * width * channels)..];
                    rows[r] = Cubic(
                        line[(Math.Clamp(x - 1, 0, width - 1) * channels) + k],
                        line[(Math.Clamp(x, 0, width - 1) * channels) + k],
                        line[(Math.Clamp(x + 1, 0, width - 1) * channels) + k],
                        line[(Math.Clamp(x + 2, 0, width - 1) * channels) + k],
                        dx);
                }

                to[k] = (byte)Math.Clamp(Cubic(rows[0], rows[1], rows[2], rows[3], dy), 0.0, 255.0);
            }
        }

        private static double Cubic(double v1, double v2, double v3, double v4, double d)
        {
            var p2 = -v1 + v3;
            var p3 = (2 * (v1 - v2)) + v3 - v4;
            var p4 = -v1 + v2 - v3 + v4;
            return v2 + (d * (p2 + (d * (p3 + (d * p4)))));
        }
    }
}
