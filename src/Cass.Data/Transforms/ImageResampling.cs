using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Cass.Data;

/// <summary>
/// Changes the size of images exactly as Pillow does: a separable filter widened to the scale where an image shrinks
/// (antialiasing), 22-bit fixed-point weights, horizontally first, 8 bits in between.
/// </summary>
public static class ImageResampling
{
    private const int PrecisionBits = 32 - 8 - 2;
    private const int MaxCachedKernels = 256;
    private static readonly ConcurrentDictionary<(int In, double Start, double End, int Out, Interpolation Filter), Kernel> Kernels = new();

    /// <summary>Resizes a whole image: Pillow's <c>Image.resize</c>, torchvision's <c>resize</c> of a PIL image.</summary>
    /// <param name="image">The image; it stays as it is.</param>
    /// <param name="height">Height of the result in pixels, at least 1.</param>
    /// <param name="width">Width of the result in pixels, at least 1.</param>
    /// <param name="interpolation">The filter.</param>
    /// <returns>The resized image; the given one where the size is the same.</returns>
    public static PixelImage Resize(PixelImage image, int height, int width, Interpolation interpolation = Interpolation.Bilinear)
    {
        ArgumentNullException.ThrowIfNull(image);
        return ResizedCrop(image, 0, 0, image.Height, image.Width, height, width, interpolation);
    }

    /// <summary>Cuts a rectangle out and resizes it: torchvision's <c>resized_crop</c>. Pixels outside of the rectangle have no influence.</summary>
    /// <param name="image">The image; it stays as it is.</param>
    /// <param name="top">First row of the rectangle.</param>
    /// <param name="left">First column of the rectangle.</param>
    /// <param name="cropHeight">Rows of the rectangle.</param>
    /// <param name="cropWidth">Columns of the rectangle.</param>
    /// <param name="height">Height of the result in pixels, at least 1.</param>
    /// <param name="width">Width of the result in pixels, at least 1.</param>
    /// <param name="interpolation">The filter.</param>
    /// <returns>The resized part; the given image where nothing changes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rectangle does not lie inside the image.</exception>
    public static PixelImage ResizedCrop(PixelImage image, int top, int left, int cropHeight, int cropWidth, int height, int width, Interpolation interpolation = Interpolation.Bilinear)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        var lease = new PixelLease(image, isOwned: false);
        lease.Become(Crop(image, top, left, cropHeight, cropWidth));
        if (lease.Image.Height != height || lease.Image.Width != width)
        {
            lease.Become(interpolation == Interpolation.Nearest ? Nearest(lease.Image, height, width) : Filtered(lease.Image, height, width, interpolation));
        }

        return lease.Image;
    }

    /// <summary>Cuts a rectangle out.</summary>
    /// <param name="image">The image; it stays as it is.</param>
    /// <param name="top">First row of the rectangle.</param>
    /// <param name="left">First column of the rectangle.</param>
    /// <param name="height">Rows of the rectangle.</param>
    /// <param name="width">Columns of the rectangle.</param>
    /// <returns>The part; the given image where the rectangle is all of it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The rectangle does not lie inside the image.</exception>
    public static PixelImage Crop(PixelImage image, int top, int left, int height, int width)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(top);
        ArgumentOutOfRangeException.ThrowIfNegative(left);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(height, image.Height - top);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(width, image.Width - left);
        if (height == image.Height && width == image.Width)
        {
            return image;
        }

        var c = image.Channels;
        var pixels = PixelBuffers.Rent(height * width * c);
        for (var y = 0; y < height; y++)
        {
            image.Pixels.AsSpan((((top + y) * image.Width) + left) * c, width * c).CopyTo(pixels.AsSpan(y * width * c));
        }

        return new PixelImage(width, height, c, pixels);
    }

    private static PixelImage Nearest(PixelImage image, int height, int width)
    {
        var c = image.Channels;
        var pixels = PixelBuffers.Rent(height * width * c);
        var columns = NearestPositions(image.Width, width);
        var rows = NearestPositions(image.Height, height);
        var to = 0;
        foreach (var row in rows)
        {
            var line = image.Pixels.AsSpan(row * image.Width * c, image.Width * c);
            foreach (var column in columns)
            {
                for (var k = 0; k < c; k++)
                {
                    pixels[to++] = line[(column * c) + k];
                }
            }
        }

        return new PixelImage(width, height, c, pixels);
    }

    private static int[] NearestPositions(int source, int target)
    {
        var scale = (double)source / target;
        var positions = new int[target];
        var position = scale * 0.5;
        for (var i = 0; i < target; i++)
        {
            // Summed rather than multiplied: Pillow's rounding.
            positions[i] = Math.Min((int)position, source - 1);
            position += scale;
        }

        return positions;
    }

    private static PixelImage Filtered(PixelImage image, int height, int width, Interpolation interpolation)
    {
        var c = image.Channels;
        var lease = new PixelLease(image, isOwned: false);
        if (width != image.Width)
        {
            var kernel = KernelFor(image.Width, width, interpolation);
            var narrowed = PixelBuffers.Rent(width * image.Height * c);
            ResampleRows(image.Pixels, narrowed, image.Height, image.Width, width, c, kernel);
            lease.Become(new PixelImage(width, image.Height, c, narrowed));
        }

        if (height != image.Height)
        {
            var kernel = KernelFor(image.Height, height, interpolation);
            var result = PixelBuffers.Rent(width * height * c);
            ResampleColumns(lease.Image.Pixels, result, width * c, height, kernel);
            lease.Become(new PixelImage(width, height, c, result));
        }

        return lease.Image;
    }

    private static unsafe void ResampleRows(byte[] source, byte[] target, int rows, int sourceWidth, int targetWidth, int channels, Kernel kernel)
    {
        var done = 0;
        if (channels == 1 && targetWidth >= 8 && SimdPaths.UseAvx2)
        {
            // The last rows, where fetching whole words would leave the image, are left to the loop below.
            done = Math.Max(0, rows - 1 - (kernel.FetchedBeyond / sourceWidth) - 1);
            fixed (byte* from = source, to = target)
            fixed (int* starts = kernel.Starts, weights = kernel.WeightsByTap)
            {
                for (var y = 0; y < done; y++)
                {
                    GrayRows.Resample(from + ((long)y * sourceWidth), to + ((long)y * targetWidth), targetWidth, starts, weights, kernel.Taps);
                }
            }
        }

        if (channels == 3 && SimdPaths.UseAvx2)
        {
            done = rows - 1;
            fixed (byte* from = source, to = target)
            fixed (int* starts = kernel.Starts, counts = kernel.Counts, weights = kernel.Weights)
            {
                for (var y = 0; y < done; y++)
                {
                    RgbRows.Resample(from + ((long)y * sourceWidth * 3), to + ((long)y * targetWidth * 3), targetWidth, starts, counts, weights, kernel.Stride);
                }
            }
        }

        for (var y = done; y < rows; y++)
        {
            var from = source.AsSpan(y * sourceWidth * channels, sourceWidth * channels);
            var to = target.AsSpan(y * targetWidth * channels, targetWidth * channels);
            if (channels == 1)
            {
                ResampleGrayRow(from, to, kernel);
            }
            else
            {
                ResampleRgbRow(from, to, kernel);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ResampleGrayRow(ReadOnlySpan<byte> from, Span<byte> to, Kernel kernel)
    {
        for (var x = 0; x < to.Length; x++)
        {
            var taps = kernel.Weights.AsSpan(x * kernel.Stride, kernel.Counts[x]);
            var pixels = from.Slice(kernel.Starts[x], taps.Length);
            var sum = 1 << (PrecisionBits - 1);
            for (var k = 0; k < taps.Length; k++)
            {
                sum += pixels[k] * taps[k];
            }

            to[x] = Clip(sum);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ResampleRgbRow(ReadOnlySpan<byte> from, Span<byte> to, Kernel kernel)
    {
        for (var x = 0; x < kernel.Starts.Length; x++)
        {
            var taps = kernel.Weights.AsSpan(x * kernel.Stride, kernel.Counts[x]);
            var pixels = from.Slice(kernel.Starts[x] * 3, taps.Length * 3);
            var (r, g, b) = (1 << (PrecisionBits - 1), 1 << (PrecisionBits - 1), 1 << (PrecisionBits - 1));
            for (var k = 0; k < taps.Length; k++)
            {
                r += pixels[k * 3] * taps[k];
                g += pixels[(k * 3) + 1] * taps[k];
                b += pixels[(k * 3) + 2] * taps[k];
            }

            to[x * 3] = Clip(r);
            to[(x * 3) + 1] = Clip(g);
            to[(x * 3) + 2] = Clip(b);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ResampleColumns(byte[] source, byte[] target, int rowLength, int targetRows, Kernel kernel)
    {
        for (var y = 0; y < targetRows; y++)
        {
            var taps = kernel.Weights.AsSpan(y * kernel.Stride, kernel.Counts[y]);
            var from = source.AsSpan(kernel.Starts[y] * rowLength, taps.Length * rowLength);
            var to = target.AsSpan(y * rowLength, rowLength);
            var x = 0;
            if (Vector.IsHardwareAccelerated)
            {
                for (; x + Vector<byte>.Count <= rowLength; x += Vector<byte>.Count)
                {
                    WeightedSum(from[x..], rowLength, taps).CopyTo(to[x..]);
                }
            }

            for (; x < rowLength; x++)
            {
                var sum = 1 << (PrecisionBits - 1);
                for (var k = 0; k < taps.Length; k++)
                {
                    sum += from[(k * rowLength) + x] * taps[k];
                }

                to[x] = Clip(sum);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<byte> WeightedSum(ReadOnlySpan<byte> from, int rowLength, ReadOnlySpan<int> taps)
    {
        var rounding = new Vector<int>(1 << (PrecisionBits - 1));
        var (s0, s1, s2, s3) = (rounding, rounding, rounding, rounding);
        for (var k = 0; k < taps.Length; k++)
        {
            var weight = new Vector<int>(taps[k]);
            Vector.Widen(new Vector<byte>(from[(k * rowLength)..]), out var low, out var high);
            Vector.Widen(low, out var p0, out var p1);
            Vector.Widen(high, out var p2, out var p3);
            s0 += Vector.AsVectorInt32(p0) * weight;
            s1 += Vector.AsVectorInt32(p1) * weight;
            s2 += Vector.AsVectorInt32(p2) * weight;
            s3 += Vector.AsVectorInt32(p3) * weight;
        }

        return Vector.Narrow(
            Vector.Narrow(Clip(s0), Clip(s1)),
            Vector.Narrow(Clip(s2), Clip(s3)));
    }

    private static Vector<uint> Clip(Vector<int> sum) => Vector.AsVectorUInt32(
        Vector.Min(Vector.Max(Vector.ShiftRightArithmetic(sum, PrecisionBits), Vector<int>.Zero), new Vector<int>(255)));

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> PrecisionBits, 0, 255);

    private static Kernel KernelFor(int source, int target, Interpolation interpolation)
    {
        var key = (source, 0.0, (double)source, target, interpolation);
        if (Kernels.TryGetValue(key, out var kernel))
        {
            return kernel;
        }

        kernel = Kernel.Create(source, target, interpolation);
        if (Kernels.Count < MaxCachedKernels)
        {
            Kernels.TryAdd(key, kernel);
        }

        return kernel;
    }

    /// <summary>For every position of the result: the first position of the source that counts, how many do, and their weights.</summary>
    private sealed record Kernel(int[] Starts, int[] Counts, int[] Weights, int Stride)
    {
        /// <summary>The largest number of source positions that count for one of the result.</summary>
        public int Taps { get; } = Counts.Max();

        /// <summary>How far beyond a row its last fetch of four bytes can reach.</summary>
        public int FetchedBeyond { get; } = Counts.Max() + 3;

        /// <summary>The weights again, tap by tap, each for all positions; 0 where a position has fewer taps.</summary>
        public int[] WeightsByTap { get; } = Transpose(Counts, Weights, Stride);

        public static Kernel Create(int source, int target, Interpolation interpolation)
        {
            var scale = (double)source / target;
            var filterScale = Math.Max(scale, 1.0);
            var support = (interpolation == Interpolation.Bicubic ? 2.0 : 1.0) * filterScale;
            var stride = ((int)Math.Ceiling(support) * 2) + 1;
            var (starts, counts, weights) = (new int[target], new int[target], new int[target * stride]);
            var exact = new double[stride];
            for (var i = 0; i < target; i++)
            {
                var center = (i + 0.5) * scale;
                var start = Math.Max((int)(center - support + 0.5), 0);
                var count = Math.Min((int)(center + support + 0.5), source) - start;
                var sum = 0.0;
                for (var k = 0; k < count; k++)
                {
                    exact[k] = Weight(interpolation, (k + start - center + 0.5) * (1.0 / filterScale));
                    sum += exact[k];
                }

                for (var k = 0; k < count; k++)
                {
                    var weight = (sum != 0 ? exact[k] / sum : exact[k]) * (1 << PrecisionBits);
                    weights[(i * stride) + k] = (int)(weight < 0 ? weight - 0.5 : weight + 0.5);
                }

                (starts[i], counts[i]) = (start, count);
            }

            return new Kernel(starts, counts, weights, stride);
        }

        private static int[] Transpose(int[] counts, int[] weights, int stride)
        {
            var result = new int[counts.Max() * counts.Length];
            for (var i = 0; i < counts.Length; i++)
            {
                for (var k = 0; k < counts[i]; k++)
                {
                    result[(k * counts.Length) + i] = weights[(i * stride) + k];
                }
            }

            return result;
        }

        private static double Weight(Interpolation interpolation, double x)
        {
            x = Math.Abs(x);
            if (interpolation == Interpolation.Bilinear)
            {
                return x < 1.0 ? 1.0 - x : 0.0;
            }

            const double A = -0.5;
            return x switch
            {
                < 1.0 => ((((A + 2.0) * x) - (A + 3.0)) * x * x) + 1,
                < 2.0 => ((((x - 5) * x) + 8) * x - 4) * A,
                _ => 0.0,
            };
        }
    }
}
