namespace Cass.Metrics;

/// <summary>How often and by which seed <see cref="Bootstrap"/> and <see cref="PairedComparison"/> resample.</summary>
public sealed record BootstrapOptions
{
    /// <summary>Number of resamples, at least 10. Default 1,000.</summary>
    public int Resamples { get; init; } = 1000;

    /// <summary>Confidence level of the interval, between 0 and 1. Default 0.95.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>Seed of the Mersenne Twister: equal seeds give equal results on every platform. Default 77.</summary>
    public int Seed { get; init; } = 77;

    /// <summary>How the interval is read off the resampled figures. Default <see cref="BootstrapMethod.Percentile"/>.</summary>
    public BootstrapMethod Method { get; init; } = BootstrapMethod.Percentile;

    internal void Validate()
    {
        if (Resamples < 10)
        {
            throw new CassInputException($"{nameof(Resamples)} is {Resamples}; an interval needs at least 10.");
        }

        if (!(Confidence > 0 && Confidence < 1))
        {
            throw new CassInputException($"{nameof(Confidence)} is {Confidence}; it must lie between 0 and 1.");
        }

        if (!Enum.IsDefined(Method))
        {
            throw new CassInputException($"{nameof(Method)} is {Method}; it must be {string.Join(" or ", Enum.GetNames<BootstrapMethod>())}.");
        }
    }
}
