namespace Cass.Data;

/// <summary>
/// Pixel arrays of exact lengths, kept per thread: an image's intermediate results all have one of a few lengths, so
/// that a worker soon needs no new ones.
/// </summary>
internal static class PixelBuffers
{
    private const int Slots = 12;
    private const long MaxKeptBytes = 64L << 20;

    [ThreadStatic]
    private static byte[]?[]? kept;

    [ThreadStatic]
    private static int nextVictim;

    /// <summary>An array of exactly this length, its content undefined.</summary>
    public static byte[] Rent(int length)
    {
        var slots = kept;
        if (slots is not null)
        {
            for (var i = 0; i < slots.Length; i++)
            {
                if (slots[i] is { } buffer && buffer.Length == length)
                {
                    slots[i] = null;
                    return buffer;
                }
            }
        }

        return GC.AllocateUninitializedArray<byte>(length);
    }

    /// <summary>Lets go of what is kept for this thread, which may not come back for a long time.</summary>
    public static void Forget() => kept = null;

    /// <summary>Gives an array back that nobody refers to any more.</summary>
    public static void Return(byte[] buffer)
    {
        if (buffer.Length > MaxKeptBytes / Slots)
        {
            return;
        }

        var slots = kept ??= new byte[]?[Slots];
        for (var i = 0; i < slots.Length; i++)
        {
            if (slots[i] is null)
            {
                slots[i] = buffer;
                return;
            }
        }

        slots[nextVictim] = buffer;
        nextVictim = (nextVictim + 1) % Slots;
    }
}
