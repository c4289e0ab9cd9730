namespace Cass.Metrics;

/// <summary>Which probabilities <see cref="CalibrationError"/> compares with what happened.</summary>
public enum CalibrationScope
{
    /// <summary>Of each sample the highest, with whether that label is true: the usual one for single-label data.</summary>
    TopLabel,

    /// <summary>Of each sample and class one, with whether that label is true: for multi-label data.</summary>
    EveryLabel,
}
