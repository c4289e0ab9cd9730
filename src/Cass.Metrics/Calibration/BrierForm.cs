namespace Cass.Metrics;

/// <summary>What <see cref="BrierScore"/> averages over.</summary>
public enum BrierForm
{
    /// <summary>Mean over samples and labels, from 0 to 1: the usual one for independent labels.</summary>
    MeanOverLabels,

    /// <summary>Sum over labels, mean over samples, from 0 to 2 for labels that exclude one another: Brier's own.</summary>
    SumOverLabels,
}
