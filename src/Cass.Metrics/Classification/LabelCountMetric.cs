using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Metrics;

/// <summary>A metric that is a ratio of label counts: F1, precision, recall, specificity.</summary>
/// <remarks>
/// State: three Int64 counts a class, so that sums are exact for any number of samples and their order does not matter.
/// </remarks>
public abstract class LabelCountMetric : Metric
{
    private const string CountsState = "counts";
    private const string SampleFiguresState = "sample_figures";

    private readonly LabelRatio ratio;
    private readonly LabelDecision decision;

    private protected LabelCountMetric(string figure, LabelRatio ratio, LabelMetricOptions? options)
        : base(NameOf(figure, options), options?.Scores ?? ScoreKind.Probabilities, singleLabel: false)
    {
        Options = options ?? new LabelMetricOptions();
        Options.Validate(figure);
        this.ratio = ratio;
        decision = new LabelDecision(Options.Decision, Options.Thresholds, Options.Scores);
    }

    /// <summary>What is counted and how it is averaged.</summary>
    public LabelMetricOptions Options { get; }

    /// <summary>The figure as a ratio of counts.</summary>
    internal LabelRatio Ratio => ratio;

    private protected override object Settings => Options;

    /// <summary>The figure of each class, whatever the averaging.</summary>
    /// <returns>One figure a class; the zero-division value where a class's is undefined.</returns>
    /// <exception cref="InvalidOperationException">Nothing has been added since the last reset.</exception>
    public IReadOnlyList<double> ComputePerClass() => [.. Counts().Select(counts => ratio.Of(counts, Options.ZeroDivision))];

    /// <summary>The counts behind the figures.</summary>
    /// <returns>One set of counts a class.</returns>
    /// <exception cref="InvalidOperationException">Nothing has been added since the last reset.</exception>
    public IReadOnlyList<LabelCounts> Counts() => [.. ReadCounts().Take((int)Classes)];

    private protected override IEnumerable<(string Name, Tensor Value)> CreateState(long classes, Device stateDevice)
    {
        yield return (CountsState, zeros(3, classes + (Options.CountEmptyAsHealthy ? 1 : 0), ScalarType.Int64, stateDevice));
        if (Options.Average == Averaging.Samples)
        {
            yield return (SampleFiguresState, zeros(2, ScalarType.Float64, stateDevice));
        }
    }

    private protected override void Accumulate(Tensor scores, Tensor labels)
    {
        var predicted = decision.Predict(scores);
        var flags = stack([predicted.bitwise_and(labels), predicted, labels]);
        var counts = flags.sum(1);
        if (Options.CountEmptyAsHealthy)
        {
            counts = cat([counts, Healthy(flags)], 1);
        }

        State(CountsState).PlusInPlace(counts);
        if (Options.Average == Averaging.Samples)
        {
            State(SampleFiguresState).PlusInPlace(SampleFigures(flags));
        }
    }

    private protected override double ComputeFigure()
    {
        if (Options.Average == Averaging.Samples)
        {
            var figures = State(SampleFiguresState).cpu().data<double>();
            return Options.ZeroDivision.Divide(figures[0], figures[1]);
        }

        return Average(ReadCounts());
    }

    /// <summary>Predicted and true labels, bool [batch, classes], of a batch that <see cref="Metric.Update"/> accepts; within the caller's dispose scope.</summary>
    internal (Tensor Predicted, Tensor True) Decide(Tensor scores, Tensor targets)
    {
        var (values, labels) = Read(scores, targets);
        return (decision.Predict(values), labels);
    }

    /// <summary>The average over classes, from their counts; not for <see cref="Averaging.Samples"/>.</summary>
    internal double Average(IReadOnlyList<LabelCounts> counts)
    {
        if (Options.Average == Averaging.Micro)
        {
            return ratio.Of(
                new LabelCounts(
                    counts.Sum(c => c.TruePositives),
                    counts.Sum(c => c.PredictedPositives),
                    counts.Sum(c => c.ActualPositives),
                    counts.Sum(c => c.Decisions)),
                Options.ZeroDivision);
        }

        double[] perClass = [.. counts.Select(c => ratio.Of(c, Options.ZeroDivision))];
        return Options.ZeroDivision.Average(perClass, i => Options.Average == Averaging.Macro ? 1 : counts[i].ActualPositives);
    }

    private protected override void RequireClasses(long classes) => Options.Thresholds.RequireFit(Name, Options.Decision, classes);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            decision.Dispose();
        }

        base.Dispose(disposing);
    }

    private static string NameOf(string figure, LabelMetricOptions? options) => options?.Average switch
    {
        Averaging.Macro => $"{figure} (macro)",
        Averaging.Weighted => $"{figure} (weighted)",
        Averaging.Samples => $"{figure} (samples)",
        _ => figure,
    };

    /// <summary>
    /// The extra column: 'healthy' is predicted where no label is, and true where no label is. The notebook puts
    /// predictions and targets through the same function, so that nothing predicted for nothing true is a hit.
    /// </summary>
    private static Tensor Healthy(Tensor flags)
    {
        var none = flags.any(2).bitwise_not();
        var (nonePredicted, noneTrue) = (none[1], none[2]);
        return stack([nonePredicted.bitwise_and(noneTrue).sum(), nonePredicted.sum(), noneTrue.sum()]).unsqueeze(1);
    }

    /// <summary>Sum of the samples' figures, and how many of them count.</summary>
    private Tensor SampleFigures(Tensor flags)
    {
        var counts = flags.sum(2);
        var denominators = ratio.Denominator.Of(counts, flags.shape[2]).to(ScalarType.Float64);
        var defined = denominators.ne(KeptScalar.Of(0L));
        var figures = ratio.Numerator.Of(counts, flags.shape[2]).to(ScalarType.Float64) / denominators;
        if (Options.ZeroDivision == ZeroDivision.NaN)
        {
            return stack([figures.masked_fill(defined.bitwise_not(), KeptScalar.Of(0L)).sum(), defined.sum(ScalarType.Float64)]);
        }

        var filled = figures.masked_fill(defined.bitwise_not(), KeptScalar.Of(Options.ZeroDivision.Value()));
        return stack([filled.sum(), ones_like(filled).sum()]);
    }

    private LabelCounts[] ReadCounts()
    {
        RequireReadable();
        using var scope = NewDisposeScope();
        var onHost = State(CountsState).cpu();
        var columns = (int)onHost.shape[1];
        var values = onHost.data<long>().ToArray();
        return [.. Enumerable.Range(0, columns).Select(c => new LabelCounts(values[c], values[columns + c], values[(2 * columns) + c], Samples))];
    }
}
