using MathNet.Numerics.Distributions;

namespace Cass.Metrics;

/// <summary>Confidence intervals of a share, from how many of so many cases are hits.</summary>
/// <remarks>
/// They take cases to be independent, and are defined where resampling is not: of no hit at all, or of hits only, every
/// resample has the same share, which would look like certainty.
/// </remarks>
/// <example><code>
/// var (lower, upper) = BinomialInterval.ClopperPearson(0, 20);   // 0 to 0.168
/// </code></example>
public static class BinomialInterval
{
    /// <summary>The exact interval: the shares under which so few, and so many, hits are not too improbable.</summary>
    /// <remarks>Source: Clopper and Pearson 1934, <em>Biometrika</em> 26, 404. It covers the true share at least as often as asked.</remarks>
    /// <param name="hits">Number of hits, from 0 to <paramref name="cases"/>.</param>
    /// <param name="cases">Number of cases, at least 1.</param>
    /// <param name="confidence">Confidence level, between 0 and 1. Default 0.95.</param>
    /// <returns>The ends of the interval, each in [0, 1].</returns>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public static (double Lower, double Upper) ClopperPearson(long hits, long cases, double confidence = 0.95)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(cases);
        ArgumentOutOfRangeException.ThrowIfNegative(hits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(hits, cases);
        if (!(confidence > 0 && confidence < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "It must lie between 0 and 1.");
        }

        var tail = (1 - confidence) / 2;

        // Without hits, or with hits only, the beta distribution's quantile is a root.
        var lower = hits == 0 ? 0 : hits == cases ? Math.Pow(tail, 1.0 / cases) : Beta.InvCDF(hits, cases - hits + 1, tail);
        var upper = hits == cases ? 1 : hits == 0 ? 1 - Math.Pow(tail, 1.0 / cases) : Beta.InvCDF(hits + 1, cases - hits, 1 - tail);
        return (lower, upper);
    }
}
