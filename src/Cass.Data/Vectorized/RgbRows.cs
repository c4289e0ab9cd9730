using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cass.Data;

/// <summary>
/// The inner loops over pixels of three interleaved channels with AVX2. A pixel is fetched with the byte that follows it,
/// so that callers leave the last pixel of an image to the portable code.
/// </summary>
internal static unsafe class RgbRows
{
    private const int PrecisionBits = 22;

    /// <summary>A row of a resized image. The source must reach one byte beyond the last pixel used.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Resample(byte* source, byte* target, int width, int* starts, int* counts, int* weights, int stride)
    {
        var rounding = Vector128.Create(1 << (PrecisionBits - 1));
        var most = Vector128.Create(255);
        for (var x = 0; x < width; x++)
        {
            var sum = rounding;
            var pixel = source + (starts[x] * 3);
            var weight = weights + (x * stride);
            for (var k = 0; k < counts[x]; k++)
            {
                sum += Sse41.ConvertToVector128Int32(pixel + (k * 3)) * Vector128.Create(weight[k]);
            }

            var clipped = Vector128.Min(Vector128.Max(Vector128.ShiftRightArithmetic(sum, PrecisionBits), Vector128<int>.Zero), most);
            Store(clipped, target + (x * 3));
        }
    }

    /// <summary>Blends pixels with their luminance: saturation. Returns how many pixels are done.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int BlendWithLuminance(byte* source, byte* target, int count, float alpha)
    {
        var offsets = Vector256.Create(0, 3, 6, 9, 12, 15, 18, 21);
        var low = Vector256.Create(0xff);
        var factor = Vector256.Create(alpha);
        var order = Vector256.Create((byte)0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 0xff, 0xff, 0xff, 0xff, 0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 0xff, 0xff, 0xff, 0xff);
        var i = 0;

        // Sixteen bytes are written for twelve, four of which the next store replaces: two pixels more are left.
        for (; i + 10 <= count; i += 8)
        {
            var word = Avx2.GatherVector256((int*)(source + (i * 3)), offsets, 1);
            var (r, g, b) = (word & low, Vector256.ShiftRightLogical(word, 8) & low, Vector256.ShiftRightLogical(word, 16) & low);
            var gray = Luminance(r, g, b);
            var blended = Blend(gray, r, factor) | Vector256.ShiftLeft(Blend(gray, g, factor), 8) | Vector256.ShiftLeft(Blend(gray, b, factor), 16);
            var packed = Avx2.Shuffle(blended.AsByte(), order);
            packed.GetLower().Store(target + (i * 3));
            packed.GetUpper().Store(target + (i * 3) + 12);
        }

        return i;
    }

    /// <summary>Writes the luminance of pixels. Returns how many are done.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Luminance(byte* source, byte* target, int count)
    {
        var offsets = Vector256.Create(0, 3, 6, 9, 12, 15, 18, 21);
        var low = Vector256.Create(0xff);
        var i = 0;
        for (; i + 9 <= count; i += 8)
        {
            var word = Avx2.GatherVector256((int*)(source + (i * 3)), offsets, 1);
            var gray = Luminance(word & low, Vector256.ShiftRightLogical(word, 8) & low, Vector256.ShiftRightLogical(word, 16) & low);
            var shorts = Vector128.Narrow(gray.GetLower(), gray.GetUpper());
            *(ulong*)(target + i) = Vector128.Narrow(shorts, shorts).AsUInt64().ToScalar();
        }

        return i;
    }

    /// <summary>A pixel between four others, in double precision; each of the four must have a byte after it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Bilinear(byte* upperLeft, byte* upperRight, byte* lowerLeft, byte* lowerRight, double dx, double dy, byte* target)
    {
        var right = Vector256.Create(dx);
        var a = Avx.ConvertToVector256Double(Sse41.ConvertToVector128Int32(upperLeft));
        var b = Avx.ConvertToVector256Double(Sse41.ConvertToVector128Int32(upperRight));
        var c = Avx.ConvertToVector256Double(Sse41.ConvertToVector128Int32(lowerLeft));
        var d = Avx.ConvertToVector256Double(Sse41.ConvertToVector128Int32(lowerRight));
        var top = a + ((b - a) * right);
        var bottom = c + ((d - c) * right);
        Store(Avx.ConvertToVector128Int32WithTruncation(top + ((bottom - top) * Vector256.Create(dy))), target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Luminance(Vector256<int> r, Vector256<int> g, Vector256<int> b) => Vector256.ShiftRightLogical(
        (r * Vector256.Create(19595)) + (g * Vector256.Create(38470)) + (b * Vector256.Create(7471)) + Vector256.Create(0x8000), 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Blend(Vector256<int> from, Vector256<int> to, Vector256<float> factor)
    {
        var value = Vector256.ConvertToSingle(from) + (factor * Vector256.ConvertToSingle(to - from));
        return Avx.ConvertToVector256Int32WithTruncation(Vector256.Min(Vector256.Max(value, Vector256<float>.Zero), Vector256.Create(255f)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector128<int> levels, byte* target)
    {
        var word = Vector128.Shuffle(levels.AsByte(), Vector128.Create((byte)0, 4, 8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)).AsInt32().ToScalar();
        *(short*)target = (short)word;
        target[2] = (byte)(word >> 16);
    }
}
