namespace Cass.Metrics;

/// <summary>The intervals of a figure of label counts, all from the same resamples; see <see cref="Bootstrap.LabelIntervals"/>.</summary>
/// <param name="Average">The figure of all classes, averaged as the metric says; null where it is undefined.</param>
/// <param name="Classes">Each class's own, by class; null where it is undefined, such as the F1 of a class that no case has and that was never predicted.</param>
public sealed record LabelIntervals(ConfidenceInterval? Average, IReadOnlyList<ConfidenceInterval?> Classes);
