using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Metrics;

/// <summary>
/// Calibration error: how far predicted probabilities are from the frequencies that follow, over bins of equal width.
/// </summary>
/// <remarks>
/// <para>From 0, where among all predictions of 70 % seven of ten come true, to 1. Empty bins do not count. Always
/// defined once there is a sample. The state is three float64 sums a bin.</para>
/// <para>Source: Guo et al. 2017, <em>On Calibration of Modern Neural Networks</em> (arXiv 1706.04599), eq. 3 and 5.</para>
/// </remarks>
public sealed class CalibrationError : Metric
{
    private const string SumsState = "sums";
    private readonly (int Bins, CalibrationScope Scope, CalibrationNorm Norm, ScoreKind Scores) settings;

    /// <summary>Creates the metric.</summary>
    /// <param name="bins">Number of bins of equal width, from 1 to 10,000. Default 15.</param>
    /// <param name="calibrationScope">Which probabilities are compared; each sample's highest by default.</param>
    /// <param name="norm">How bins are summed up; the expected error by default.</param>
    /// <param name="scores">What the scores mean; probabilities by default.</param>
    /// <exception cref="CassInputException">A setting is out of its range.</exception>
    public CalibrationError(
        int bins = 15,
        CalibrationScope calibrationScope = CalibrationScope.TopLabel,
        CalibrationNorm norm = CalibrationNorm.Expected,
        ScoreKind scores = ScoreKind.Probabilities)
        : base(norm == CalibrationNorm.Maximum ? "MCE" : "ECE", scores, singleLabel: calibrationScope == CalibrationScope.TopLabel)
    {
        if (bins is < 1 or > 10_000)
        {
            throw new CassInputException($"The calibration error over {bins} bins cannot be computed; there must be from 1 to 10,000.");
        }

        settings = (bins, calibrationScope, norm, scores);
    }

    private protected override object Settings => settings;

    /// <summary>The bins, as a reliability diagram draws them.</summary>
    /// <returns>One entry a bin, from probability 0 to 1.</returns>
    /// <exception cref="InvalidOperationException">Nothing has been added since the last reset.</exception>
    public IReadOnlyList<CalibrationBin> Reliability()
    {
        RequireReadable();
        using var scope = NewDisposeScope();
        var sums = State(SumsState).cpu().data<double>().ToArray();
        var bins = settings.Bins;
        return
        [
            .. Enumerable.Range(0, bins).Select(b => new CalibrationBin(
                (double)b / bins,
                (b + 1.0) / bins,
                (long)sums[b],
                sums[bins + b] / sums[b],
                sums[(2 * bins) + b] / sums[b])),
        ];
    }

    private protected override IEnumerable<(string Name, Tensor Value)> CreateState(long classes, Device stateDevice)
    {
        yield return (SumsState, zeros(3 * settings.Bins, ScalarType.Float64, stateDevice));
    }

    private protected override void Accumulate(Tensor scores, Tensor labels)
    {
        var probabilities = Probabilities.From(scores, settings.Scores);
        Tensor confidence;
        Tensor correct;
        if (settings.Scope == CalibrationScope.TopLabel)
        {
            (confidence, var top) = probabilities.max(1);
            correct = labels.gather(1, top.unsqueeze(1)).squeeze(1);
        }
        else
        {
            confidence = probabilities.flatten();
            correct = labels.flatten();
        }

        confidence = confidence.to(ScalarType.Float64);

        // Clamped as integers: a NaN, which is reported when the figure is read, becomes some integer, and an index out
        // of range would abort a GPU's process before that.
        var bin = confidence.Times(settings.Bins).ceil_().add_(KeptScalar.MinusOne, KeptScalar.One).to(ScalarType.Int64).clamp_(KeptScalar.Of(0L), KeptScalar.Of(settings.Bins - 1L));
        State(SumsState)
            .scatter_add_(0, bin, ones_like(confidence))
            .scatter_add_(0, bin.add(KeptScalar.Of((long)settings.Bins), KeptScalar.One), confidence)
            .scatter_add_(0, bin.add(KeptScalar.Of(2L * settings.Bins), KeptScalar.One), correct.to(ScalarType.Float64));
    }

    private protected override double ComputeFigure()
    {
        var filled = Reliability().Where(bin => bin.Count > 0).ToList();
        return settings.Norm == CalibrationNorm.Maximum
            ? filled.Max(Gap)
            : filled.Sum(bin => bin.Count * Gap(bin)) / filled.Sum(bin => bin.Count);

        static double Gap(CalibrationBin bin) => Math.Abs(bin.Accuracy - bin.Confidence);
    }
}
