namespace Cass.Explain;

/// <summary>What an image without anything in it is taken to be.</summary>
public enum Baseline
{
    /// <summary>The mean that images are normalised with: grey.</summary>
    Mean,

    /// <summary>Black.</summary>
    Black,
}
