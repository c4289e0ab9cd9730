namespace Cass.Metrics;

/// <summary>
/// Holm's correction of p-values for several tests at once, so that the chance of any false finding among them stays at the
/// level that each is held against.
/// </summary>
/// <remarks>
/// It is uniformly more powerful than Bonferroni's, and assumes nothing of how the tests depend on one another. Source: Holm 1979, <em>A Simple
/// Sequentially Rejective Multiple Test Procedure</em>; as adjusted p-values by Wright 1992; R's <c>p.adjust(p, "holm")</c>.
/// </remarks>
public static class HolmCorrection
{
    /// <summary>Adjusts the p-values of one family of tests.</summary>
    /// <param name="pValues">The p-values, each in [0, 1]; an empty list gives an empty one.</param>
    /// <returns>The adjusted p-values in the same order: the largest, over all p-values up to it, of p times the number of those from it on, at most 1.</returns>
    /// <exception cref="ArgumentException">A p-value is outside [0, 1] or not a number.</exception>
    public static IReadOnlyList<double> Adjust(IReadOnlyList<double> pValues)
    {
        ArgumentNullException.ThrowIfNull(pValues);
        for (var i = 0; i < pValues.Count; i++)
        {
            if (!(pValues[i] >= 0 && pValues[i] <= 1))
            {
                throw new ArgumentException($"p-value {i} is {pValues[i]}; it must be in [0, 1].", nameof(pValues));
            }
        }

        var adjusted = new double[pValues.Count];
        var highest = 0.0;
        var left = pValues.Count;
        foreach (var i in Enumerable.Range(0, pValues.Count).OrderBy(i => pValues[i]))
        {
            highest = Math.Max(highest, Math.Min(1, pValues[i] * left));
            adjusted[i] = highest;
            left--;
        }

        return adjusted;
    }
}
