using System.Numerics;

namespace Cass.Data;

/// <summary>Finds all pairs of different hashes that differ in few bits.</summary>
internal static class NearHashes
{
    /// <summary>
    /// Hashes that differ in at most d bits agree in at least one of d + 1 bands of bits, so that only hashes with an
    /// equal band are compared.
    /// </summary>
    /// <param name="hashes">The hashes; all different.</param>
    /// <param name="maxDistance">Largest number of differing bits.</param>
    /// <param name="cancellationToken">Stops the search.</param>
    /// <returns>Each pair once, as positions, with its distance.</returns>
    public static IEnumerable<(int First, int Second, int Distance)> Pairs(ulong[] hashes, int maxDistance, CancellationToken cancellationToken = default)
    {
        ulong[] masks = [.. Enumerable.Range(0, maxDistance + 1).Select(band => Mask(band, maxDistance + 1))];
        for (var band = 0; band < masks.Length; band++)
        {
            ulong[] keys = [.. hashes.Select(hash => hash & masks[band])];
            int[] order = [.. Enumerable.Range(0, hashes.Length)];
            Array.Sort(keys, order);
            var start = 0;
            for (var end = 1; end <= keys.Length; end++)
            {
                if (end < keys.Length && keys[end] == keys[start])
                {
                    continue;
                }

                cancellationToken.ThrowIfCancellationRequested();
                for (var a = start; a < end; a++)
                {
                    for (var b = a + 1; b < end; b++)
                    {
                        var difference = hashes[order[a]] ^ hashes[order[b]];
                        var distance = BitOperations.PopCount(difference);
                        if (distance <= maxDistance && !AgreeBefore(difference, masks, band))
                        {
                            yield return (Math.Min(order[a], order[b]), Math.Max(order[a], order[b]), distance);
                        }
                    }
                }

                start = end;
            }
        }
    }

    /// <summary>Whether an earlier band has found the pair already.</summary>
    private static bool AgreeBefore(ulong difference, ulong[] masks, int band)
    {
        for (var earlier = 0; earlier < band; earlier++)
        {
            if ((difference & masks[earlier]) == 0)
            {
                return true;
            }
        }

        return false;
    }

    private static ulong Mask(int band, int bands)
    {
        var (from, to) = (64 * band / bands, 64 * (band + 1) / bands);
        return to - from == 64 ? ulong.MaxValue : ((1UL << (to - from)) - 1) << from;
    }
}
