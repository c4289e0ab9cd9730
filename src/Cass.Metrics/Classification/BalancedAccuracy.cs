namespace Cass.Metrics;

/// <summary>
/// Balanced accuracy: the mean of the classes' recalls, for single-label data. Classes without a sample are left out,
/// as scikit-learn does.
/// </summary>
/// <remarks>From 0 to 1; 1/classes for guessing. Always defined once there is a sample.</remarks>
/// <param name="scores">What the scores mean; probabilities by default.</param>
public sealed class BalancedAccuracy(ScoreKind scores = ScoreKind.Probabilities) : SingleLabelMetric("balanced accuracy", scores, ZeroDivision.Zero)
{
    private protected override double Figure(LabelCounts[] counts) =>
        counts.Where(count => count.ActualPositives > 0).Average(count => count.TruePositives / (double)count.ActualPositives);
}
