namespace Cass.Metrics;

/// <summary>Figures over labels in the order of falling scores, equal scores together.</summary>
internal static class RankedLabels
{
    /// <summary>
    /// Area under the ROC curve: the chance that a positive ranks above a negative, ties counting half. NaN without
    /// positives or without negatives.
    /// </summary>
    public static double Auroc(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive)
    {
        var area = 0.0;
        long positives = 0;
        long negatives = 0;
        for (var start = 0; start < scores.Length;)
        {
            var (end, hits) = Tie(scores, positive, start);
            double misses = end - start - hits;
            area += misses * (positives + (hits / 2.0));
            positives += hits;
            negatives += end - start - hits;
            start = end;
        }

        return positives == 0 || negatives == 0 ? double.NaN : area / positives / negatives;
    }

    /// <summary>
    /// Average precision: the sum over distinct scores of precision times the gain in recall, without interpolation.
    /// NaN without positives.
    /// </summary>
    public static double AveragePrecision(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive)
    {
        var sum = 0.0;
        long positives = 0;
        for (var start = 0; start < scores.Length;)
        {
            var (end, hits) = Tie(scores, positive, start);
            positives += hits;
            sum += hits * (positives / (double)end);
            start = end;
        }

        return positives == 0 ? double.NaN : sum / positives;
    }

    /// <summary>The end of the run of equal scores that begins at a position, and the positives in it.</summary>
    public static (int End, int Hits) Tie(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive, int start)
    {
        var end = start;
        var hits = 0;
        while (end < scores.Length && scores[end] == scores[start])
        {
            hits += positive[end] ? 1 : 0;
            end++;
        }

        return (end, hits);
    }
}
