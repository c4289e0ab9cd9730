using MathNet.Numerics.Distributions;

namespace Cass.Metrics;

/// <summary>
/// McNemar's exact test between two models' right and wrong answers to the same cases.
/// </summary>
/// <remarks>
/// It takes cases to be independent: with several images of one patient use <see cref="PairedComparison"/> with groups.
/// Source: McNemar 1947; the exact two-sided binomial form.
/// </remarks>
/// <param name="OnlyFirst">Cases that only the first model answers rightly.</param>
/// <param name="OnlySecond">Cases that only the second model answers rightly.</param>
/// <param name="PValue">Two-sided p-value; 1 where the models never differ.</param>
public sealed record McNemarTest(int OnlyFirst, int OnlySecond, double PValue)
{
    /// <summary>Tests two models.</summary>
    /// <param name="firstIsRight">Whether the first model answers each case rightly.</param>
    /// <param name="secondIsRight">Whether the second model does; as many.</param>
    /// <returns>The counts and the p-value.</returns>
    /// <exception cref="ArgumentException">The numbers of answers differ.</exception>
    public static McNemarTest Of(IReadOnlyList<bool> firstIsRight, IReadOnlyList<bool> secondIsRight)
    {
        ArgumentNullException.ThrowIfNull(firstIsRight);
        ArgumentNullException.ThrowIfNull(secondIsRight);
        if (firstIsRight.Count != secondIsRight.Count)
        {
            throw new ArgumentException($"There are {firstIsRight.Count} answers of the first model and {secondIsRight.Count} of the second; both must answer the same cases.", nameof(secondIsRight));
        }

        var onlyFirst = 0;
        var onlySecond = 0;
        for (var i = 0; i < firstIsRight.Count; i++)
        {
            onlyFirst += firstIsRight[i] && !secondIsRight[i] ? 1 : 0;
            onlySecond += secondIsRight[i] && !firstIsRight[i] ? 1 : 0;
        }

        var differing = onlyFirst + onlySecond;
        var tail = differing == 0 ? 1 : Binomial.CDF(0.5, differing, Math.Min(onlyFirst, onlySecond));
        return new McNemarTest(onlyFirst, onlySecond, Math.Min(1, 2 * tail));
    }
}
