namespace Cass.Training;

/// <summary>The batch norm at the end of a head.</summary>
internal enum OutputNorm
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>One without parameters.</summary>
    Plain,

    /// <summary>One with a scale that is learnt, and an offset that stays 0.</summary>
    Scaled,
}
