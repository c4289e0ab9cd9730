namespace Cass.Metrics;

/// <summary>
/// Matthews correlation coefficient between predicted and true classes, for single-label data with any number of
/// classes.
/// </summary>
/// <remarks>
/// <para>From −1 to 1; 0 for guessing. Undefined where all samples are of one class or are predicted as one.</para>
/// <para>Source: Gorodkin 2004, <em>Comparing two K-category assignments by a K-category correlation coefficient</em>, eq. 8.</para>
/// </remarks>
/// <param name="scores">What the scores mean; probabilities by default.</param>
/// <param name="zeroDivision">What the coefficient is where it is undefined; 0 by default, as in scikit-learn.</param>
public sealed class MatthewsCorrelation(ScoreKind scores = ScoreKind.Probabilities, ZeroDivision zeroDivision = ZeroDivision.Zero)
    : SingleLabelMetric("Matthews correlation", scores, zeroDivision)
{
    private protected override double Figure(LabelCounts[] counts)
    {
        double samples = Samples;
        var correct = counts.Sum(c => (double)c.TruePositives);
        var predictedAndTrue = counts.Sum(c => (double)c.PredictedPositives * c.ActualPositives);
        var predicted = (samples * samples) - counts.Sum(c => (double)c.PredictedPositives * c.PredictedPositives);
        var actual = (samples * samples) - counts.Sum(c => (double)c.ActualPositives * c.ActualPositives);
        return ZeroDivision.Divide((correct * samples) - predictedAndTrue, Math.Sqrt(predicted) * Math.Sqrt(actual));
    }
}
