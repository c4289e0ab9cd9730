namespace Cass.Data;

/// <summary>
/// The 32-bit Mersenne Twister MT19937 (Matsumoto and Nishimura 1998), seeded as NumPy's <c>RandomState</c> and as
/// CPython's <c>random</c> seed it, with the integer draws that both build on it.
/// </summary>
internal sealed class MersenneTwister
{
    private const int Size = 624;
    private const int Shift = 397;
    private readonly uint[] state = new uint[Size];
    private int position = Size;

    private MersenneTwister()
    {
    }

    /// <summary>The generator of <c>numpy.random.RandomState(seed)</c>: the reference initialiser <c>init_genrand</c>.</summary>
    public static MersenneTwister NumPy(uint seed)
    {
        var generator = new MersenneTwister();
        generator.Initialize(seed);
        return generator;
    }

    /// <summary>
    /// The generator of CPython's <c>random.seed(seed)</c> for an integer: the reference initialiser
    /// <c>init_by_array</c> over the 32-bit words of its magnitude.
    /// </summary>
    public static MersenneTwister CPython(long seed)
    {
        var magnitude = seed < 0 ? (ulong)-(seed + 1) + 1 : (ulong)seed;
        uint[] key = magnitude > uint.MaxValue ? [(uint)magnitude, (uint)(magnitude >> 32)] : [(uint)magnitude];
        var generator = new MersenneTwister();
        generator.Initialize(19650218);
        var words = generator.state;
        var (i, j) = (1, 0);
        for (var k = Math.Max(Size, key.Length); k > 0; k--)
        {
            words[i] = (words[i] ^ ((words[i - 1] ^ (words[i - 1] >> 30)) * 1664525)) + key[j] + (uint)j;
            j = (j + 1) % key.Length;
            i = generator.NextPosition(i);
        }

        for (var k = Size - 1; k > 0; k--)
        {
            words[i] = (words[i] ^ ((words[i - 1] ^ (words[i - 1] >> 30)) * 1566083941)) - (uint)i;
            i = generator.NextPosition(i);
        }

        words[0] = 0x80000000;
        return generator;
    }

    /// <summary>The next 32 random bits.</summary>
    public uint NextUInt32()
    {
        if (position == Size)
        {
            Twist();
        }

        var y = state[position++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c5680;
        y ^= (y << 15) & 0xefc60000;
        return y ^ (y >> 18);
    }

    /// <summary>NumPy's legacy <c>random_interval</c>: uniform over 0…max by rejection under a bit mask.</summary>
    public int Interval(int max)
    {
        if (max == 0)
        {
            return 0;
        }

        var mask = uint.MaxValue >> System.Numerics.BitOperations.LeadingZeroCount((uint)max);
        uint value;
        do
        {
            value = NextUInt32() & mask;
        }
        while (value > (uint)max);
        return (int)value;
    }

    /// <summary>CPython's <c>_randbelow_with_getrandbits</c>: uniform over 0…exclusiveMax − 1.</summary>
    public int Below(int exclusiveMax)
    {
        var shift = System.Numerics.BitOperations.LeadingZeroCount((uint)exclusiveMax);
        uint value;
        do
        {
            value = NextUInt32() >> shift;
        }
        while (value >= (uint)exclusiveMax);
        return (int)value;
    }

    /// <summary>NumPy's <c>RandomState.shuffle</c>.</summary>
    public void Shuffle(Span<int> values)
    {
        for (var i = values.Length - 1; i > 0; i--)
        {
            var j = Interval(i);
            (values[i], values[j]) = (values[j], values[i]);
        }
    }

    /// <summary>NumPy's <c>RandomState.permutation(count)</c>.</summary>
    public int[] Permutation(int count)
    {
        int[] values = [.. Enumerable.Range(0, count)];
        Shuffle(values);
        return values;
    }

    private void Initialize(uint seed)
    {
        state[0] = seed;
        for (var i = 1; i < Size; i++)
        {
            state[i] = (1812433253 * (state[i - 1] ^ (state[i - 1] >> 30))) + (uint)i;
        }

        position = Size;
    }

    private int NextPosition(int i)
    {
        if (i + 1 < Size)
        {
            return i + 1;
        }

        state[0] = state[Size - 1];
        return 1;
    }

    private void Twist()
    {
        for (var k = 0; k < Size; k++)
        {
            var y = (state[k] & 0x80000000) | (state[(k + 1) % Size] & 0x7fffffff);
            state[k] = state[(k + Shift) % Size] ^ (y >> 1) ^ ((y & 1) * 0x9908b0df);
        }

        position = 0;
    }
}
