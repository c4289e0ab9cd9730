namespace Cass.Explain;

/// <summary>
/// The colours of a heat map, from its least to its greatest value: blue, vermilion and yellow of Okabe and Ito 2008, which the
/// colour-blind tell apart, and of which each is brighter than the one before.
/// </summary>
internal sealed class HeatColors
{
    private static readonly (double R, double G, double B)[] Stops = [(0x00, 0x72, 0xb2), (0xd5, 0x5e, 0x00), (0xf0, 0xe4, 0x42)];

    private readonly double opacity;

    public HeatColors(RelevanceMap heat, double opacity)
    {
        this.opacity = opacity;
        var values = heat.Values.Span;
        (Least, Most) = (values[0], values[0]);
        foreach (var value in values)
        {
            (Least, Most) = (Math.Min(Least, value), Math.Max(Most, value));
        }
    }

    /// <summary>The heat that covers nothing.</summary>
    public float Least { get; }

    /// <summary>The heat that covers most.</summary>
    public float Most { get; }

    /// <summary>Paints a heat over a colour, in place.</summary>
    /// <param name="heat">From <see cref="Least"/> to <see cref="Most"/>.</param>
    /// <param name="rgb">The colour.</param>
    public void Paint(float heat, Span<byte> rgb)
    {
        var share = Most > Least ? (heat - Least) / (Most - Least) : 0;

        // The root, so that half the heat is seen as well.
        var cover = opacity * Math.Sqrt(share);
        var lower = Stops[share < 0.5 ? 0 : 1];
        var upper = Stops[share < 0.5 ? 1 : 2];
        var between = (2.0 * share) - (share < 0.5 ? 0 : 1);
        rgb[0] = Mixed(rgb[0], lower.R, upper.R);
        rgb[1] = Mixed(rgb[1], lower.G, upper.G);
        rgb[2] = Mixed(rgb[2], lower.B, upper.B);

        byte Mixed(byte under, double from, double to) => (byte)Math.Round((under * (1 - cover)) + ((from + ((to - from) * between)) * cover));
    }
}
