using Cass.Metrics;
using Study.Images;
using Study.Results;

namespace Study.Tables;

/// <summary>How much more macro-F1 a row has than another, on the seeds that both have.</summary>
/// <param name="Row">The row.</param>
/// <param name="Baseline">The other one.</param>
/// <param name="Network">Of which network.</param>
/// <param name="Difference">By seed, row less baseline.</param>
/// <param name="Interval">Over seeds and clusters of images; null with fewer than two seeds.</param>
/// <param name="PValue">Of the sign-flip test; null with fewer than six seeds, with which no difference can be told from chance.</param>
internal sealed record Comparison(Row Row, Row Baseline, string Network, IReadOnlyList<double> Difference, ConfidenceInterval? Interval, double? PValue)
{
    private const int SeedsOfATest = 6;
    private static readonly BootstrapOptions Resampling = new() { Resamples = 2000 };

    public static Comparison? Of(Row row, Row baseline, string network, ScoredImages? images)
    {
        long[] seeds = [.. row.Seeds.Intersect(baseline.Seeds)];
        if (seeds.Length == 0)
        {
            return null;
        }

        double[] differences = [.. seeds.Select(seed => row.Scored(network, seed).MacroF1 - baseline.Scored(network, seed).MacroF1)];
        return new Comparison(
            row,
            baseline,
            network,
            differences,
            seeds.Length < 2 ? null : IntervalOf(row, baseline, network, seeds, differences, images),
            seeds.Length < SeedsOfATest ? null : SignFlipTest.Of(differences).PValue);
    }

    private static ConfidenceInterval IntervalOf(Row row, Row baseline, string network, long[] seeds, double[] differences, ScoredImages? images)
    {
        var known = images is null ? null : row.Cell.Score == Cells.ScoredPart.HeldOut ? images.HeldOut : images.Validation;
        var first = Answers(row);
        var second = Answers(baseline);
        if (known is null || first is null || second is null)
        {
            // Without answers there is nothing to draw but seeds.
            return Bootstrap.Interval(seeds.Length, runs => runs.Average(run => differences[run]), options: Resampling);
        }

        var score = new MacroF1(known.Truth, images!.Classes.Count);
        return Bootstrap.IntervalOverRuns(
            seeds.Length,
            known.Truth.Length,
            (runs, cases) => runs.Average(run => score.Of(first[run], cases) - score.Of(second[run], cases)),
            [.. known.Clusters.Select(cluster => $"{cluster}")],
            Resampling);

        string[]? Answers(Row of)
        {
            string?[] answers = [.. seeds.Select(seed => of.Results[seed].Networks[network].Answers)];
            return answers.All(answer => answer?.Length == known?.Truth.Length) ? answers.OfType<string>().ToArray() : null;
        }
    }
}
