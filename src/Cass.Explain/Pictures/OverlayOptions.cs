namespace Cass.Explain;

/// <summary>How heat is drawn over an image.</summary>
public sealed record OverlayOptions
{
    /// <summary>How much of the image the hottest place covers, from 0 (nothing) to 1 (all of it). Cooler places cover less, cold ones nothing.</summary>
    /// <value>Default 0.6.</value>
    public double Opacity { get; init; } = 0.6;

    /// <summary>
    /// Whether a bar beside the image says which colour is which share of the hottest place's heat. It needs a font; a machine without any, such as
    /// a small container, can do without the bar.
    /// </summary>
    /// <value>Default true.</value>
    public bool ColorBar { get; init; } = true;

    /// <exception cref="CassInputException">The opacity is out of its range.</exception>
    internal void Check()
    {
        if (!(Opacity is >= 0 and <= 1))
        {
            throw new CassInputException($"{nameof(OverlayOptions)}.{nameof(Opacity)} is {Opacity}; it must be from 0 to 1.");
        }
    }
}
