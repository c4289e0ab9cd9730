using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cass.Data;

/// <summary>
/// The inner loops over rows of one channel with AVX2. Pixels are fetched four bytes at a time, so that one fetch brings
/// a pixel's right neighbour too; where that would reach beyond the image, it starts earlier and the bytes are shifted.
/// </summary>
internal static unsafe class GrayRows
{
    private const int PrecisionBits = 22;

    /// <summary>A row of a resized image: weighted sums of neighbouring pixels. The source must reach <paramref name="taps"/>, rounded up to four, beyond the last start.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Resample(byte* source, byte* target, int width, int* starts, int* weightsByTap, int taps)
    {
        var rounding = Vector256.Create(1 << (PrecisionBits - 1));
        var low = Vector256.Create(0xff);
        for (var x = 0; x < width; x += 8)
        {
            // The last block overlaps the one before it.
            x = Math.Min(x, width - 8);
            var index = Vector256.Load(starts + x);
            var sum = rounding;
            for (var tap = 0; tap < taps; tap += 4)
            {
                var word = Avx2.GatherVector256((int*)(source + tap), index, 1);
                var weights = weightsByTap + (tap * width) + x;
                sum += (word & low) * Vector256.Load(weights);
                if (tap + 1 < taps)
                {
                    sum += (Vector256.ShiftRightLogical(word, 8) & low) * Vector256.Load(weights + width);
                }

                if (tap + 2 < taps)
                {
                    sum += (Vector256.ShiftRightLogical(word, 16) & low) * Vector256.Load(weights + (2 * width));
                }

                if (tap + 3 < taps)
                {
                    sum += Vector256.ShiftRightLogical(word, 24) * Vector256.Load(weights + (3 * width));
                }
            }

            var clipped = Vector256.Min(Vector256.Max(Vector256.ShiftRightArithmetic(sum, PrecisionBits), Vector256<int>.Zero), low);
            StoreBytes(clipped, target + x);
        }
    }

    /// <summary>A row of an affine transform to the nearest pixel in 16.16 fixed point, where all positions lie inside the image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Nearest(byte* source, int sourceLength, int sourceWidth, byte* target, int count, int startX, int startY, int stepX, int stepY)
    {
        var lanes = Vector256.Create(0, 1, 2, 3, 4, 5, 6, 7);
        var xs = Vector256.Create(startX) + (lanes * stepX);
        var ys = Vector256.Create(startY) + (lanes * stepY);
        var (blockX, blockY) = (Vector256.Create(8 * stepX), Vector256.Create(8 * stepY));
        var stride = Vector256.Create(sourceWidth);
        var limit = Vector256.Create(sourceLength - 4);
        var low = Vector256.Create(0xff);
        var i = 0;
        for (; i + 8 <= count; i += 8)
        {
            var index = (Vector256.ShiftRightArithmetic(ys, 16) * stride) + Vector256.ShiftRightArithmetic(xs, 16);
            var from = Vector256.Min(index, limit);
            var word = Avx2.GatherVector256((int*)source, from, 1);
            var shift = Vector256.ShiftLeft(index - from, 3);
            StoreBytes(Avx2.ShiftRightLogicalVariable(word, shift.AsUInt32()) & low, target + i);
            xs += blockX;
            ys += blockY;
        }

        for (; i < count; i++)
        {
            target[i] = source[(((startY + (i * stepY)) >> 16) * sourceWidth) + ((startX + (i * stepX)) >> 16)];
        }
    }

    /// <summary>A row of a perspective or affine transform with bilinear values in double precision, as <see cref="ImageWarp"/> computes them one by one. The image has at least four pixels.</summary>
    /// <returns>How many pixels of the row are done, from the left.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Bilinear(byte* source, int width, int height, double[] a, bool isPerspective, double yin, byte* target, int count)
    {
        var length = width * height;
        var (a0, a3, a6) = (Vector256.Create(a[0]), Vector256.Create(a[3]), Vector256.Create(a[6]));
        var (u0, v0, d0) = (Vector256.Create(a[1] * yin), Vector256.Create(a[4] * yin), Vector256.Create(a[7] * yin));
        var (u1, v1) = (Vector256.Create(a[2]), Vector256.Create(a[5]));
        var (right, bottom) = (Vector256.Create((double)width), Vector256.Create((double)height));
        var (half, one) = (Vector256.Create(0.5), Vector256.Create(1.0));
        var (lastX, lastY) = (Vector128.Create(width - 1), Vector128.Create(height - 1));
        var (stride, limit, low) = (Vector128.Create(width), Vector128.Create(length - 4), Vector128.Create(0xff));
        var lanes = Vector256.Create(0.5, 1.5, 2.5, 3.5);
        var x = 0;
        for (; x + 4 <= count; x += 4)
        {
            var xin = Vector256.Create((double)x) + lanes;
            var u = (a0 * xin) + u0 + u1;
            var v = (a3 * xin) + v0 + v1;
            if (isPerspective)
            {
                var divisor = (a6 * xin) + d0 + one;
                u /= divisor;
                v /= divisor;
            }

            var inside = Vector256.GreaterThanOrEqual(u, Vector256<double>.Zero) & Vector256.LessThan(u, right)
                & Vector256.GreaterThanOrEqual(v, Vector256<double>.Zero) & Vector256.LessThan(v, bottom);
            if (inside == Vector256<double>.Zero)
            {
                *(int*)(target + x) = 0;
                continue;
            }

            u = Vector256.ConditionalSelect(inside, u, half) - half;
            v = Vector256.ConditionalSelect(inside, v, half) - half;
            var (floorU, floorV) = (Vector256.Floor(u), Vector256.Floor(v));
            var (dx, dy) = (u - floorU, v - floorV);
            var (column, row) = (Avx.ConvertToVector128Int32(floorU), Avx.ConvertToVector128Int32(floorV));
            var left = Vector128.Max(column, Vector128<int>.Zero);
            var toRight = Vector128.ShiftLeft(Vector128.Min(column + Vector128<int>.One, lastX) - left, 3);
            var upper = (Vector128.Max(row, Vector128<int>.Zero) * stride) + left;
            var lower = (Vector128.Min(row + Vector128<int>.One, lastY) * stride) + left;
            var top = Interpolate(source, upper, toRight, limit, low, dx);
            var under = Interpolate(source, lower, toRight, limit, low, dx);
            var value = Vector256.ConditionalSelect(inside, top + ((under - top) * dy), Vector256<double>.Zero);
            var levels = Avx.ConvertToVector128Int32WithTruncation(value);
            *(int*)(target + x) = Vector128.Narrow(Vector128.Narrow(levels, levels), Vector128<short>.Zero).AsInt32().ToScalar();
        }

        return x;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Interpolate(byte* source, Vector128<int> index, Vector128<int> toRight, Vector128<int> limit, Vector128<int> low, Vector256<double> dx)
    {
        var from = Vector128.Min(index, limit);
        var word = Avx2.GatherVector128((int*)source, from, 1);
        var shift = Vector128.ShiftLeft(index - from, 3);
        var a = Avx2.ShiftRightLogicalVariable(word, shift.AsUInt32()) & low;
        var b = Avx2.ShiftRightLogicalVariable(word, (shift + toRight).AsUInt32()) & low;
        return Avx.ConvertToVector256Double(a) + (Avx.ConvertToVector256Double(b - a) * dx);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreBytes(Vector256<int> levels, byte* target)
    {
        var shorts = Vector128.Narrow(levels.GetLower(), levels.GetUpper());
        *(ulong*)target = Vector128.Narrow(shorts, shorts).AsUInt64().ToScalar();
    }
}
