using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Metrics;

/// <summary>A metric over the ranking of all samples by their scores: AUROC, average precision.</summary>
/// <remarks>
/// Exact figures need all scores: the state holds 5 bytes a sample and class (9 for float64 scores) on the device of
/// the scores, in buffers that grow by doubling. The sorting happens at <see cref="Metric.Compute"/>.
/// </remarks>
public abstract class RankingMetric : Metric
{
    private const string ScoresState = "scores";
    private const string LabelsState = "labels";
    private const long SmallestCapacity = 64;

    // Elements that are sorted together: bounds the memory of sorting, whatever the number of classes.
    private const long SortedAtOnce = 1 << 22;

    private protected RankingMetric(string figure, RankingOptions options)
        : base(options.Average == Averaging.Macro ? figure : $"{figure} ({options.Average.ToString().ToLowerInvariant()})", options.Scores, singleLabel: false)
    {
        options.Validate(figure);
        Options = options;
    }

    /// <summary>What is averaged.</summary>
    public RankingOptions Options { get; }

    private protected override object Settings => Options;

    /// <summary>The figure of each class, whatever the averaging.</summary>
    /// <returns>One figure a class; the zero-division value where a class's is undefined.</returns>
    /// <exception cref="InvalidOperationException">Nothing has been added since the last reset.</exception>
    public IReadOnlyList<double> ComputePerClass()
    {
        RequireReadable();
        using var scope = NewDisposeScope();
        return [.. ByClass().Select(ranking => OrZeroDivision(ranking.Figure))];
    }

    private protected abstract double Figure(ReadOnlySpan<double> scores, ReadOnlySpan<bool> positive);

    private protected override IEnumerable<(string Name, Tensor Value)> CreateState(long classes, Device stateDevice)
    {
        yield return (ScoresState, zeros(SmallestCapacity, classes, ScalarType.Float32, stateDevice));
        yield return (LabelsState, zeros(SmallestCapacity, classes, ScalarType.Bool, stateDevice));
    }

    private protected override void Accumulate(Tensor scores, Tensor labels)
    {
        Append(ScoresState, Options.Scores == ScoreKind.SoftmaxLogits ? scores.softmax(1) : scores);
        Append(LabelsState, labels);
    }

    private protected override void MergeTensor(string name, Tensor other) => Append(name, other);

    private protected override Tensor Exported(string name, Tensor value) =>
        name is ScoresState or LabelsState ? value.narrow(0, 0, Samples).clone() : value.clone();

    private protected override double ComputeFigure()
    {
        switch (Options.Average)
        {
            case Averaging.Micro:
                return OrZeroDivision(Rank(Seen(ScoresState).reshape(1, -1), Seen(LabelsState).reshape(1, -1)).Single().Figure);
            case Averaging.Samples:
                return Mean([.. Rank(Seen(ScoresState), Seen(LabelsState))], weighted: false);
            default:
                return Mean([.. ByClass()], weighted: Options.Average == Averaging.Weighted);
        }
    }

    private double Mean(Ranking[] rankings, bool weighted)
    {
        double[] figures = [.. rankings.Select(ranking => OrZeroDivision(ranking.Figure))];
        return Options.ZeroDivision.Average(figures, i => weighted ? rankings[i].Positives : 1);
    }

    private double OrZeroDivision(double figure) => double.IsNaN(figure) ? Options.ZeroDivision.Value() : figure;

    private IEnumerable<Ranking> ByClass() => Rank(Seen(ScoresState).t(), Seen(LabelsState).t());

    private Tensor Seen(string name) => State(name).narrow(0, 0, Samples);

    /// <summary>The figure of each row of scores and labels.</summary>
    private IEnumerable<Ranking> Rank(Tensor scores, Tensor labels)
    {
        var (rows, length) = (scores.shape[0], (int)scores.shape[1]);
        var rowsAtOnce = Math.Max(1, SortedAtOnce / length);
        for (var start = 0L; start < rows; start += rowsAtOnce)
        {
            var count = Math.Min(rowsAtOnce, rows - start);
            double[] ranked;
            bool[] positive;
            using (NewDisposeScope())
            {
                var (sorted, order) = scores.narrow(0, start, count).contiguous().sort(1, descending: true);
                ranked = sorted.to(ScalarType.Float64).cpu().data<double>().ToArray();
                positive = labels.narrow(0, start, count).gather(1, order).cpu().data<bool>().ToArray();
            }

            for (var row = 0; row < count; row++)
            {
                var rowLabels = positive.AsSpan(row * length, length);
                yield return new Ranking(Figure(ranked.AsSpan(row * length, length), rowLabels), rowLabels.Count(true));
            }
        }
    }

    private void Append(string name, Tensor rows)
    {
        var buffer = State(name);
        var needed = Samples + rows.shape[0];
        var type = rows.dtype == ScalarType.Float64 ? ScalarType.Float64 : buffer.dtype;
        if (needed > buffer.shape[0] || type != buffer.dtype)
        {
            var capacity = needed > buffer.shape[0] ? Math.Max(needed, 2 * buffer.shape[0]) : buffer.shape[0];
            var larger = zeros(capacity, Classes, type, buffer.device);
            larger.narrow(0, 0, Samples).copy_(buffer.narrow(0, 0, Samples));
            Replace(name, larger);
        }

        State(name).narrow(0, Samples, rows.shape[0]).copy_(rows);
    }

    private sealed record Ranking(double Figure, long Positives);
}
