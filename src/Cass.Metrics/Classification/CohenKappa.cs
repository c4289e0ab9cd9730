namespace Cass.Metrics;

/// <summary>
/// Cohen's kappa: the agreement of predicted and true classes beyond what chance would give, for single-label data.
/// </summary>
/// <remarks>
/// <para>At most 1; 0 for guessing. Undefined where all samples are of one class and predicted as that class.</para>
/// <para>Source: Cohen 1960, <em>A coefficient of agreement for nominal scales</em>; unweighted.</para>
/// </remarks>
/// <param name="scores">What the scores mean; probabilities by default.</param>
/// <param name="zeroDivision">What kappa is where it is undefined; 0 by default. (scikit-learn gives NaN.)</param>
public sealed class CohenKappa(ScoreKind scores = ScoreKind.Probabilities, ZeroDivision zeroDivision = ZeroDivision.Zero)
    : SingleLabelMetric("Cohen's kappa", scores, zeroDivision)
{
    private protected override double Figure(LabelCounts[] counts)
    {
        double samples = Samples;
        var correct = counts.Sum(c => (double)c.TruePositives);
        var byChance = counts.Sum(c => (double)c.PredictedPositives * c.ActualPositives);
        return ZeroDivision.Divide((correct * samples) - byChance, (samples * samples) - byChance);
    }
}
