using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Cass.Data;

/// <summary>Replaces every byte by its entry in a table of 256.</summary>
internal static class ByteTable
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Map(ReadOnlySpan<byte> table, ReadOnlySpan<byte> from, Span<byte> to)
    {
        table = table[..256];
        to = to[..from.Length];
        var i = SimdPaths.UseVbmi ? MapBlocks(table, from, to) : 0;
        ref var entries = ref MemoryMarshal.GetReference(table);
        for (; i < from.Length; i++)
        {
            to[i] = Unsafe.Add(ref entries, from[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int MapBlocks(ReadOnlySpan<byte> table, ReadOnlySpan<byte> from, Span<byte> to)
    {
        var (t0, t1, t2, t3) = (Vector512.Create(table), Vector512.Create(table[64..]), Vector512.Create(table[128..]), Vector512.Create(table[192..]));
        var i = 0;
        for (; i + 64 <= from.Length; i += 64)
        {
            // Each permutation looks at the low seven bits of an index; the eighth chooses between the two.
            var index = Vector512.Create(from[i..]);
            var lower = Avx512Vbmi.PermuteVar64x8x2(t0, index, t1);
            var upper = Avx512Vbmi.PermuteVar64x8x2(t2, index, t3);
            Vector512.ConditionalSelect(Vector512.LessThan(index.AsSByte(), Vector512<sbyte>.Zero).AsByte(), upper, lower).CopyTo(to[i..]);
        }

        return i;
    }
}
