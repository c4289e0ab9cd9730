using System.Numerics;

namespace Cass.Data;

/// <summary>
/// The generator xoshiro256** (Blackman and Vigna 2021) as a <see cref="Random"/>, seeded through splitmix64 from any
/// number of 64-bit words. Its sequence is part of this package's behaviour: it does not change with the version of
/// .NET, as that of a seeded <see cref="Random"/> might. Not thread-safe.
/// </summary>
public sealed class Xoshiro256Random : Random
{
    private ulong s0;
    private ulong s1;
    private ulong s2;
    private ulong s3;

    /// <summary>Creates a generator whose sequence depends on the words alone, in their order.</summary>
    /// <param name="seed">Any words: a seed, or a seed followed by an epoch, an image's index and so on.</param>
    public Xoshiro256Random(params ReadOnlySpan<ulong> seed) => Reseed(seed);

    /// <summary>Starts the sequence of other words, as a new generator would.</summary>
    /// <param name="seed">Any words.</param>
    public void Reseed(params ReadOnlySpan<ulong> seed)
    {
        var hash = 0x9e3779b97f4a7c15UL * ((ulong)seed.Length + 1);
        foreach (var word in seed)
        {
            hash = Mix(hash ^ Mix(word + 0x9e3779b97f4a7c15UL)) + 0x9e3779b97f4a7c15UL;
        }

        s0 = Next(ref hash);
        s1 = Next(ref hash);
        s2 = Next(ref hash);
        s3 = Next(ref hash);
    }

    /// <summary>The next 64 random bits.</summary>
    /// <returns>A uniform 64-bit integer.</returns>
    public ulong NextUInt64()
    {
        var result = BitOperations.RotateLeft(s1 * 5, 7) * 9;
        var t = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= t;
        s3 = BitOperations.RotateLeft(s3, 45);
        return result;
    }

    /// <inheritdoc/>
    public override double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <inheritdoc/>
    public override float NextSingle() => (NextUInt64() >> 40) * (1.0f / (1U << 24));

    /// <inheritdoc/>
    public override int Next() => Next(int.MaxValue);

    /// <inheritdoc/>
    public override int Next(int maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxValue);
        return (int)Below((ulong)maxValue);
    }

    /// <inheritdoc/>
    public override int Next(int minValue, int maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        return (int)(minValue + (long)Below((ulong)((long)maxValue - minValue)));
    }

    /// <inheritdoc/>
    public override long NextInt64() => NextInt64(long.MaxValue);

    /// <inheritdoc/>
    public override long NextInt64(long maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxValue);
        return (long)Below((ulong)maxValue);
    }

    /// <inheritdoc/>
    public override long NextInt64(long minValue, long maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        return minValue + (long)Below((ulong)maxValue - (ulong)minValue);
    }

    /// <inheritdoc/>
    public override void NextBytes(byte[] buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        NextBytes(buffer.AsSpan());
    }

    /// <inheritdoc/>
    public override void NextBytes(Span<byte> buffer)
    {
        Span<byte> word = stackalloc byte[8];
        while (!buffer.IsEmpty)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(word, NextUInt64());
            var count = Math.Min(8, buffer.Length);
            word[..count].CopyTo(buffer);
            buffer = buffer[count..];
        }
    }

    /// <inheritdoc/>
    protected override double Sample() => NextDouble();

    private static ulong Next(ref ulong state)
    {
        state += 0x9e3779b97f4a7c15UL;
        return Mix(state);
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9UL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebUL;
        return z ^ (z >> 31);
    }

    /// <summary>Unbiased integers by multiplication and rejection (Lemire 2019).</summary>
    private ulong Below(ulong exclusiveMax)
    {
        if (exclusiveMax <= 1)
        {
            return 0;
        }

        var high = Math.BigMul(NextUInt64(), exclusiveMax, out var low);
        if (low < exclusiveMax)
        {
            var threshold = (0 - exclusiveMax) % exclusiveMax;
            while (low < threshold)
            {
                high = Math.BigMul(NextUInt64(), exclusiveMax, out low);
            }
        }

        return high;
    }
}
