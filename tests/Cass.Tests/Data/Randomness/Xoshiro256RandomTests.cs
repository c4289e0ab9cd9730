using Cass.Data;
using Xunit;

namespace Cass.Tests.Data.Randomness;

public sealed class Xoshiro256RandomTests
{
    [Fact]
    public void The_sequence_is_that_of_the_published_algorithm()
    {
        // xoshiro256** as Blackman and Vigna wrote it, in arbitrary precision, from the state that splitmix64 gives.
        var random = new Xoshiro256Random(77, 3);
        var hash = unchecked(0x9e3779b97f4a7c15UL * 3);
        foreach (var word in (ulong[])[77, 3])
        {
            hash = Mix(hash ^ Mix(word + 0x9e3779b97f4a7c15UL)) + 0x9e3779b97f4a7c15UL;
        }

        var s = new System.Numerics.BigInteger[4];
        for (var i = 0; i < 4; i++)
        {
            hash += 0x9e3779b97f4a7c15UL;
            s[i] = Mix(hash);
        }

        System.Numerics.BigInteger modulus = System.Numerics.BigInteger.One << 64;
        System.Numerics.BigInteger Rotate(System.Numerics.BigInteger x, int k) => ((x << k) | (x >> (64 - k))) % modulus;
        for (var n = 0; n < 1000; n++)
        {
            var result = Rotate(s[1] * 5 % modulus, 7) * 9 % modulus;
            var t = (s[1] << 17) % modulus;
            s[2] ^= s[0];
            s[3] ^= s[1];
            s[1] ^= s[2];
            s[0] ^= s[3];
            s[2] ^= t;
            s[3] = Rotate(s[3], 45);
            Assert.Equal((ulong)result, random.NextUInt64());
        }
    }

    [Fact]
    public void Seeds_that_differ_in_a_word_or_in_its_place_give_other_sequences()
    {
        ulong[][] seeds = [[], [0], [1], [0, 0], [0, 1], [1, 0], [1, 1], [ulong.MaxValue], [0, 0, 0]];
        Assert.Equal(seeds.Length, seeds.Select(s => new Xoshiro256Random(s).NextUInt64()).Distinct().Count());
    }

    [Fact]
    public void Integers_keep_to_their_bounds_and_reach_them()
    {
        var random = new Xoshiro256Random(1);
        Assert.Equal(Enumerable.Range(-2, 5), Enumerable.Range(0, 1000).Select(_ => random.Next(-2, 3)).Distinct().Order());
        Assert.Equal(0, random.Next(1));
        Assert.Equal(7, random.Next(7, 7));
        Assert.InRange(random.NextInt64(long.MinValue, long.MaxValue), long.MinValue, long.MaxValue);
        Assert.All(Enumerable.Range(0, 10_000), _ => Assert.InRange(random.NextDouble(), 0, Math.BitDecrement(1.0)));
        var bytes = new byte[11];
        random.NextBytes(bytes);
        Assert.Contains(bytes, b => b != 0);
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9UL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebUL;
        return z ^ (z >> 31);
    }
}
