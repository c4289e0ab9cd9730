namespace Cass.Metrics;

/// <summary>How <see cref="CalibrationError"/> sums up the bins.</summary>
public enum CalibrationNorm
{
    /// <summary>Mean over the bins, each weighted by its samples: the expected calibration error (ECE).</summary>
    Expected,

    /// <summary>The largest of all bins: the maximum calibration error (MCE).</summary>
    Maximum,
}
