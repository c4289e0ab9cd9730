namespace BrainMri.Phantoms;

/// <summary>
/// Smooth random texture: random values on an integer lattice, interpolated by Perlin's quintic (SIGGRAPH 2002).
/// Uses additions and multiplications only, so that every machine computes the same bits.
/// </summary>
internal sealed class ValueNoise(ulong seed)
{
    /// <summary>One octave.</summary>
    /// <param name="x">Horizontal position in lattice cells.</param>
    /// <param name="y">Vertical position in lattice cells.</param>
    /// <returns>A value in [−1, 1].</returns>
    public double At(double x, double y)
    {
        var column = Math.Floor(x);
        var row = Math.Floor(y);
        var i = (int)column;
        var j = (int)row;
        var s = Fade(x - column);
        var t = Fade(y - row);
        var top = Mix(Lattice(i, j), Lattice(i + 1, j), s);
        var bottom = Mix(Lattice(i, j + 1), Lattice(i + 1, j + 1), s);
        return Mix(top, bottom, t);
    }

    /// <summary>Several octaves, each at twice the frequency and half the amplitude of the one before.</summary>
    /// <param name="x">Horizontal position in cells of the first octave.</param>
    /// <param name="y">Vertical position in cells of the first octave.</param>
    /// <param name="octaves">Number of octaves, at least 1.</param>
    /// <returns>A value in [−1, 1].</returns>
    public double Fractal(double x, double y, int octaves)
    {
        var sum = 0.0;
        var amplitude = 1.0;
        var total = 0.0;
        for (var octave = 0; octave < octaves; octave++)
        {
            sum += amplitude * At(x + (17.3 * octave), y - (9.1 * octave));
            total += amplitude;
            amplitude *= 0.5;
            x *= 2;
            y *= 2;
        }

        return sum / total;
    }

    private static double Fade(double t) => t * t * t * ((t * ((t * 6) - 15)) + 10);

    private static double Mix(double from, double to, double share) => from + ((to - from) * share);

    private double Lattice(int i, int j)
    {
        var bits = PhantomRandom.Mix(seed ^ PhantomRandom.Mix(((ulong)(uint)i << 32) | (uint)j));
        return (2 * PhantomRandom.ToUnit(bits)) - 1;
    }
}
