namespace BrainMri.Phantoms;

/// <summary>
/// A sequence of random numbers that is the same on every machine and every runtime: SplitMix64 (Steele, Lea and
/// Flood, OOPSLA 2014). <see cref="Random"/> promises neither.
/// </summary>
internal sealed class PhantomRandom(ulong seed)
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    private ulong state = seed;

    /// <summary>The next 64 random bits.</summary>
    public ulong NextBits() => Mix(state += GoldenGamma);

    /// <summary>A number in [0, 1).</summary>
    public double NextUnit() => ToUnit(NextBits());

    /// <summary>A number in [<paramref name="minimum"/>, <paramref name="maximum"/>).</summary>
    public double Between(double minimum, double maximum) => minimum + ((maximum - minimum) * NextUnit());

    /// <summary>True with the given probability.</summary>
    public bool Chance(double probability) => NextUnit() < probability;

    /// <summary>−1 or 1.</summary>
    public double Sign() => Chance(0.5) ? 1 : -1;

    /// <summary>Scrambles 64 bits: SplitMix64's finaliser.</summary>
    public static ulong Mix(ulong bits)
    {
        bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
        bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
        return bits ^ (bits >> 31);
    }

    /// <summary>Turns 64 random bits into a number in [0, 1).</summary>
    public static double ToUnit(ulong bits) => (bits >> 11) * (1.0 / (1UL << 53));
}
