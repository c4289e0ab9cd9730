using System.Runtime.Intrinsics.X86;

namespace Cass;

/// <summary>
/// The sizes of the processor's caches as oneDNN has noted them, by which it cuts convolutions into blocks. Some virtual machines on AMD processors say that there is a
/// description of the caches and leave it empty; oneDNN then notes caches of one byte, and blocks of sizes that it never meets elsewhere give wrong results,
/// or a division by zero ends the process.
/// </summary>
/// <remarks>
/// oneDNN has no setting for it, and keeps what it noted in a variable without a name of libtorch's library. It is found by its contents: the processor's family, model and
/// stepping, with caches before them that no processor has.
/// </remarks>
internal static unsafe class OneDnnCaches
{
    // A description of caches, as of Xbyak's Cpu class in oneDNN 3: fields of 32 bits, before those that tell the processor.
    private const int Levels = 10;
    private const int LevelsOffset = -2;
    private const int SharingOffset = LevelsOffset - Levels;
    private const int SizesOffset = SharingOffset - Levels;

    // No processor has a smaller first cache for data.
    private const int LeastBytes = 4096;

    // What oneDNN assumes where it finds no description, and what it takes for a processor's share of the last level.
    private const int AssumedFirst = 32 << 10;
    private const int AssumedSecond = 512 << 10;
    private const int AssumedThird = 1 << 20;

    private const uint LargestExtendedLeaf = 0x80000000;
    private const uint FirstLevelLeaf = 0x80000005;
    private const uint SecondLevelLeaf = 0x80000006;
    private const uint CachesLeaf = 0x8000001D;

    /// <summary>Whether this is an AMD processor whose description of its caches is empty.</summary>
    public static bool AreHidden() => X86Signature.Current is { IsAmd: true }
        && unchecked((uint)X86Base.CpuId(unchecked((int)LargestExtendedLeaf), 0).Eax) >= CachesLeaf
        && (X86Base.CpuId(unchecked((int)CachesLeaf), 0).Eax & 0x1F) == 0;

    /// <summary>Where oneDNN has noted sizes that no processor has; null where it has noted none yet, or right ones.</summary>
    public static nint? Find() => Find(AreImpossible);

    /// <summary>Where oneDNN has noted what it knows of the processor's caches; null where it has not yet, or where that cannot be told for certain.</summary>
    /// <param name="isMeant">Whether a record of sizes, processors that share each, the number of levels and one more field is meant.</param>
    public static nint? Find(Func<ReadOnlySpan<int>, bool> isMeant)
    {
        if (X86Signature.Current is not { } signature)
        {
            return null;
        }

        int[] processor = Fields(signature);
        nint? found = null;
        foreach (var (start, length) in LibraryData.Of("libtorch_cpu"))
        {
            var words = new ReadOnlySpan<int>((void*)start, (int)(length / sizeof(int)));
            for (var i = -SizesOffset; i <= words.Length - processor.Length; i++)
            {
                if (words[i] == processor[0] && words.Slice(i, processor.Length).SequenceEqual(processor) && isMeant(words[(i + SizesOffset)..i]))
                {
                    if (found is not null)
                    {
                        return null;
                    }

                    found = start + ((nint)i * sizeof(int));
                }
            }
        }

        return found;
    }

    /// <summary>The noted sizes in bytes, one for each level; 0 for levels that there are not.</summary>
    /// <param name="record">What <see cref="Find()"/> gave.</param>
    public static Span<int> Sizes(nint record) => new((int*)record + SizesOffset, Levels);

    /// <summary>Writes the sizes that the processor tells elsewhere in place of those noted.</summary>
    /// <param name="record">What <see cref="Find()"/> gave.</param>
    public static void Correct(nint record)
    {
        var sizes = Sizes(record);
        var (first, second) = (X86Base.CpuId(unchecked((int)FirstLevelLeaf), 0).Ecx >>> 24, X86Base.CpuId(unchecked((int)SecondLevelLeaf), 0).Ecx >>> 16);
        ReadOnlySpan<int> bytes = [first > 0 ? first << 10 : AssumedFirst, second > 0 ? second << 10 : AssumedSecond, AssumedThird];
        for (var level = 0; level < bytes.Length && sizes[level] > 0; level++)
        {
            sizes[level] = bytes[level];
        }
    }

    /// <summary>A size for each level, all of them impossible, with at least one processor for each; nothing for further levels.</summary>
    private static bool AreImpossible(ReadOnlySpan<int> record)
    {
        var count = record[^-LevelsOffset];
        if (count is < 1 or > Levels)
        {
            return false;
        }

        var sizes = record[..Levels];
        var sharing = record.Slice(Levels, Levels);
        return !sizes[..count].ContainsAnyExceptInRange(1, LeastBytes - 1)
            && !sharing[..count].ContainsAnyExceptInRange(1, ushort.MaxValue)
            && !sizes[count..].ContainsAnyExcept(0)
            && !sharing[count..].ContainsAnyExcept(0);
    }

    /// <summary>What tells the processor, in the order of the record.</summary>
    private static int[] Fields(X86Signature signature) =>
    [
        signature.Model, signature.Family, signature.Stepping, signature.ExtendedModel, signature.ExtendedFamily, signature.DisplayFamily, signature.DisplayModel,
    ];
}
