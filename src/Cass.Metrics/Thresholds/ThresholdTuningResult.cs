namespace Cass.Metrics;

/// <summary>Thresholds found on validation data.</summary>
/// <param name="Thresholds">The thresholds, for <see cref="LabelMetricOptions.Thresholds"/>.</param>
/// <param name="Objectives">What each reaches on the data it was tuned on; NaN for an untuned class.</param>
/// <param name="UntunedClasses">
/// Classes that the data cannot tune, which keep 0.5: without a positive sample or, for Youden's J, without a negative one.
/// </param>
public sealed record ThresholdTuningResult(DecisionThresholds Thresholds, IReadOnlyList<double> Objectives, IReadOnlyList<int> UntunedClasses);
