namespace Cass.Metrics;

/// <summary>A figure and how sure it is.</summary>
/// <param name="Estimate">The figure on the data as they are.</param>
/// <param name="Lower">Lower end of the interval.</param>
/// <param name="Upper">Upper end of the interval.</param>
/// <param name="Confidence">Its confidence level, such as 0.95.</param>
/// <param name="StandardError">Standard deviation of the resampled figures.</param>
/// <param name="Units">What was resampled: the number of cases, or of patients where cases are grouped.</param>
/// <param name="UndefinedResamples">Resamples in which the figure was NaN, such as an AUROC of a single class; they are left out.</param>
public sealed record ConfidenceInterval(
    double Estimate,
    double Lower,
    double Upper,
    double Confidence,
    double StandardError,
    int Units,
    int UndefinedResamples)
{
    /// <summary>
    /// Whether the ends are the exact binomial ones (<see cref="BinomialInterval.ClopperPearson"/>), as
    /// <see cref="Bootstrap.LabelIntervals"/> gives them where all resamples have the same figure.
    /// </summary>
    public bool IsExact { get; init; }

    /// <summary>Such as <c>0.741 [0.712, 0.768]</c>.</summary>
    /// <returns>Estimate and interval with three decimals.</returns>
    public override string ToString() => $"{Estimate:F3} [{Lower:F3}, {Upper:F3}]";
}
