namespace Cass.Metrics;

/// <summary>How <see cref="Bootstrap"/> reads an interval off the resampled figures.</summary>
public enum BootstrapMethod
{
    /// <summary>Their quantiles (Efron and Tibshirani 1993, section 13.3). The default.</summary>
    Percentile,

    /// <summary>
    /// Quantiles corrected for bias and skewness, BCa (Efron 1987): closer to the nominal coverage for figures near the
    /// end of their range, at the cost of one further evaluation a case.
    /// </summary>
    BiasCorrectedAccelerated,
}
