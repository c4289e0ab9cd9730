namespace Cass.Data;

/// <summary>
/// A random sample without replacement, equal to the index to CPython's
/// <c>random.seed(seed); random.sample(range(count), size)</c>: the published label fractions.
/// </summary>
public static class RandomSample
{
    /// <summary>Draws positions from 0…count − 1.</summary>
    /// <param name="count">Number of items.</param>
    /// <param name="size">How many to draw, from 0 to <paramref name="count"/>.</param>
    /// <param name="seed">Seed.</param>
    /// <returns>The positions drawn, in CPython's random order.</returns>
    public static IReadOnlyList<int> Draw(int count, int size, long seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, count);
        var random = MersenneTwister.CPython(seed);
        var result = new int[size];

        // CPython chooses by the memory that a set of the drawn positions would take against a list of all.
        var setSize = 21.0;
        if (size > 5)
        {
            setSize += Math.Pow(4, Math.Ceiling(Math.Log(size * 3.0) / Math.Log(4)));
        }

        if (count <= setSize)
        {
            int[] pool = [.. Enumerable.Range(0, count)];
            for (var i = 0; i < size; i++)
            {
                var j = random.Below(count - i);
                result[i] = pool[j];
                pool[j] = pool[count - i - 1];
            }

            return result;
        }

        var selected = new HashSet<int>(size);
        for (var i = 0; i < size; i++)
        {
            int j;
            do
            {
                j = random.Below(count);
            }
            while (!selected.Add(j));
            result[i] = j;
        }

        return result;
    }
}
