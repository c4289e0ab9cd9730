namespace Cass.Metrics;

/// <summary>One bar of a reliability diagram: the probabilities in (<paramref name="Lower"/>, <paramref name="Upper"/>].</summary>
/// <param name="Lower">Lower bound, not of the bin itself except 0 in the first.</param>
/// <param name="Upper">Upper bound.</param>
/// <param name="Count">Number of probabilities in the bin.</param>
/// <param name="Confidence">Their mean; NaN in an empty bin.</param>
/// <param name="Accuracy">The share of them whose label is true; NaN in an empty bin.</param>
public sealed record CalibrationBin(double Lower, double Upper, long Count, double Confidence, double Accuracy);
