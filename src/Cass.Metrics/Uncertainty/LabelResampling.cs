using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Metrics;

/// <summary>
/// Resamples label counts: what a unit adds to each class is counted once, so that a resample only sums what occurs.
/// </summary>
internal sealed class LabelResampling
{
    // Decisions that are looked at together: bounds the memory, whatever the number of classes.
    private const long DecidedAtOnce = 1 << 20;

    private readonly LabelCountMetric metric;
    private readonly ResamplingUnits units;
    private readonly BootstrapOptions options;
    private readonly LabelCounts[] all;
    private readonly double estimate;

    // What unit u adds stands from starts[u] to starts[u + 1].
    private readonly int[] starts;
    private readonly Addition[] additions;

    public LabelResampling(LabelCountMetric metric, Tensor scores, Tensor targets, ResamplingUnits units, BootstrapOptions options)
    {
        (this.metric, this.units, this.options) = (metric, units, options);
        (starts, additions) = ByUnit(Occurring(scores, targets));
        estimate = metric.Compute();
        all = [.. metric.Counts()];
    }

    private int Classes => all.Length;

    public LabelIntervals Intervals(IProgress<double>? progress, CancellationToken cancellationToken)
    {
        var shares = UnitShares();
        var resampled = new double[]?[Classes];
        for (var c = 0; c < Classes; c++)
        {
            resampled[c] = shares[c].IsCertain ? null : new double[options.Resamples];
        }

        var averages = new double[options.Resamples];
        var random = new MathNet.Numerics.Random.MersenneTwister(options.Seed, threadSafe: false);
        var times = new int[units.Count];
        var counts = new LabelCounts[Classes];
        for (var i = 0; i < averages.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            units.Draw(random, times);
            Sum(times, counts);
            averages[i] = metric.Average(counts);
            for (var c = 0; c < Classes; c++)
            {
                if (resampled[c] is { } figures)
                {
                    figures[i] = metric.Ratio.Of(counts[c], metric.Options.ZeroDivision);
                }
            }

            if ((i + 1) % Math.Max(1, averages.Length / 100) == 0)
            {
                progress?.Report((i + 1.0) / averages.Length);
            }
        }

        var byClass = new ConfidenceInterval?[Classes];
        for (var c = 0; c < Classes; c++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var figure = metric.Ratio.Of(all[c], metric.Options.ZeroDivision);
            var (ofClass, share) = (c, shares[c]);
            byClass[c] = resampled[c] is { } figures
                ? ResampledFigure.Of(figure, figures, () => WithoutEach(ofClass), units.Count, options)
                : Exact(figure, share, metric.Ratio.OfShare);
            resampled[c] = null;
        }

        return new LabelIntervals(OfAverage(averages), byClass);
    }

    private ConfidenceInterval? OfAverage(double[] averages)
    {
        var share = PooledShare();
        return metric.Options.Average == Averaging.Micro && share.IsCertain
            ? Exact(estimate, share, end => share.Hits == 0 ? metric.Ratio.OfShare(end) : end)
            : double.IsNaN(estimate) ? null : ResampledFigure.Of(estimate, averages, AverageWithoutEach, units.Count, options);
    }

    private ConfidenceInterval? Exact(double figure, UnitShare share, Func<double, double> ofShare)
    {
        if (share.Units == 0)
        {
            return null;
        }

        var (lower, upper) = BinomialInterval.ClopperPearson(share.Hits, share.Units, options.Confidence);
        return new ConfidenceInterval(figure, ofShare(lower), ofShare(upper), options.Confidence, 0, units.Count, 0) { IsExact = true };
    }

    private void Sum(int[] times, LabelCounts[] counts)
    {
        var decisions = 0L;
        Array.Clear(counts);
        for (var unit = 0; unit < times.Length; unit++)
        {
            if (times[unit] is var n and > 0)
            {
                decisions += (long)n * units[unit].Count;
                foreach (ref readonly var addition in additions.AsSpan(starts[unit], starts[unit + 1] - starts[unit]))
                {
                    ref var sum = ref counts[addition.Class];
                    sum = new LabelCounts(sum.TruePositives + (n * addition.Hits), sum.PredictedPositives + (n * addition.Predicted), sum.ActualPositives + (n * addition.True), 0);
                }
            }
        }

        for (var c = 0; c < counts.Length; c++)
        {
            counts[c] = counts[c] with { Decisions = decisions };
        }
    }

    /// <summary>For each class, the units that could be a hit, and whether all are or none.</summary>
    private UnitShare[] UnitShares()
    {
        var (hits, cases) = metric.Ratio.Share;
        var ofUnits = new int[Classes];
        var touching = new int[Classes];
        for (var unit = 0; unit < units.Count; unit++)
        {
            foreach (var addition in additions.AsSpan(starts[unit], starts[unit + 1] - starts[unit]))
            {
                touching[addition.Class]++;
                ofUnits[addition.Class] += cases.Of(addition.Counts(units[unit].Count)) > 0 ? 1 : 0;
            }
        }

        // A unit that adds nothing to a class still is a case of its true negatives.
        var untouched = cases.Of(new LabelCounts(0, 0, 0, 1)) > 0;
        return
        [
            .. all.Select((counts, c) => UnitShare.Of(hits.Of(counts), cases.Of(counts), ofUnits[c] + (untouched ? units.Count - touching[c] : 0))),
        ];
    }

    private UnitShare PooledShare()
    {
        var (hits, cases) = metric.Ratio.Share;
        var ofUnits = 0;
        for (var unit = 0; unit < units.Count; unit++)
        {
            var sum = new LabelCounts(0, 0, 0, (long)units[unit].Count * Classes);
            foreach (var addition in additions.AsSpan(starts[unit], starts[unit + 1] - starts[unit]))
            {
                sum = new LabelCounts(sum.TruePositives + addition.Hits, sum.PredictedPositives + addition.Predicted, sum.ActualPositives + addition.True, sum.Decisions);
            }

            ofUnits += cases.Of(sum) > 0 ? 1 : 0;
        }

        return UnitShare.Of(all.Sum(counts => hits.Of(counts)), all.Sum(counts => cases.Of(counts)), ofUnits);
    }

    private IEnumerable<double> WithoutEach(int ofClass)
    {
        for (var unit = 0; unit < units.Count; unit++)
        {
            var (from, to) = (starts[unit], starts[unit + 1]);
            var place = Array.BinarySearch(additions, from, to - from, new Addition(ofClass, 0, 0, 0), Addition.ByClass);
            var removed = place < 0 ? new LabelCounts(0, 0, 0, units[unit].Count) : additions[place].Counts(units[unit].Count);
            yield return metric.Ratio.Of(Less(all[ofClass], removed), metric.Options.ZeroDivision);
        }
    }

    private IEnumerable<double> AverageWithoutEach()
    {
        var left = new LabelCounts[Classes];
        for (var unit = 0; unit < units.Count; unit++)
        {
            for (var c = 0; c < Classes; c++)
            {
                left[c] = Less(all[c], new LabelCounts(0, 0, 0, units[unit].Count));
            }

            for (var i = starts[unit]; i < starts[unit + 1]; i++)
            {
                left[additions[i].Class] = Less(left[additions[i].Class], additions[i].Counts(0));
            }

            yield return metric.Average(left);
        }
    }

    private static LabelCounts Less(LabelCounts counts, LabelCounts removed) => new(
        counts.TruePositives - removed.TruePositives,
        counts.PredictedPositives - removed.PredictedPositives,
        counts.ActualPositives - removed.ActualPositives,
        counts.Decisions - removed.Decisions);

    /// <summary>Fills the metric; gives the classes that are predicted or true, case by case.</summary>
    private List<Addition>?[] Occurring(Tensor scores, Tensor targets)
    {
        var ofCase = new List<Addition>?[units.Cases];
        using var guard = no_grad();
        var rowsAtOnce = (int)Math.Max(1, DecidedAtOnce / scores.shape[1]);
        for (var start = 0; start < units.Cases; start += rowsAtOnce)
        {
            using var scope = NewDisposeScope();
            var rows = Math.Min(rowsAtOnce, units.Cases - start);
            var (someScores, someTargets) = (scores.narrow(0, start, rows), targets.narrow(0, start, rows));
            metric.Update(someScores, someTargets);
            var (predicted, truth) = metric.Decide(someScores, someTargets);
            var either = predicted.bitwise_or(truth);
            var places = either.nonzero().cpu().data<long>().ToArray();
            var isPredicted = predicted.masked_select(either).cpu().data<bool>().ToArray();
            var isTrue = truth.masked_select(either).cpu().data<bool>().ToArray();
            for (var i = 0; i < isTrue.Length; i++)
            {
                (ofCase[start + places[2 * i]] ??= new List<Addition>(2)).Add(
                    new Addition((int)places[(2 * i) + 1], isPredicted[i] && isTrue[i] ? 1 : 0, isPredicted[i] ? 1 : 0, isTrue[i] ? 1 : 0));
            }
        }

        return ofCase;
    }

    private (int[] Starts, Addition[] Additions) ByUnit(List<Addition>?[] ofCase)
    {
        var ends = new int[units.Count + 1];
        var sums = new List<Addition>();
        for (var unit = 0; unit < units.Count; unit++)
        {
            if (units[unit] is [var only])
            {
                sums.AddRange(ofCase[only] ?? []);
            }
            else
            {
                sums.AddRange(units[unit].SelectMany(i => ofCase[i] ?? []).GroupBy(a => a.Class).OrderBy(group => group.Key)
                    .Select(group => new Addition(group.Key, group.Sum(a => a.Hits), group.Sum(a => a.Predicted), group.Sum(a => a.True))));
            }

            ends[unit + 1] = sums.Count;
        }

        return (ends, [.. sums]);
    }

    /// <summary>What a unit adds to the counts of a class.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Addition(int Class, int Hits, int Predicted, int True)
    {
        public static IComparer<Addition> ByClass { get; } = Comparer<Addition>.Create((left, right) => left.Class.CompareTo(right.Class));

        public LabelCounts Counts(int decisions) => new(Hits, Predicted, True, decisions);
    }

    /// <summary>How many units could be a hit, and how many are where it is all or none.</summary>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct UnitShare(int Hits, int Units, bool IsCertain)
    {
        public static UnitShare Of(double hits, double cases, int units) => new(hits == 0 ? 0 : units, units, hits == 0 || hits == cases);
    }
}
