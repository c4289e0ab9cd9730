using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Metrics;

/// <summary>
/// Brier score: the mean squared difference between predicted probabilities and what came true. Lower is better.
/// </summary>
/// <remarks>
/// <para>A proper scoring rule: it is best only for the true probabilities. Always defined once there is a sample. The
/// state is one float64 sum.</para>
/// <para>Source: Brier 1950, <em>Verification of forecasts expressed in terms of probability</em>, eq. 2.</para>
/// </remarks>
/// <param name="form">What is averaged over; samples and labels by default.</param>
/// <param name="scores">What the scores mean; probabilities by default.</param>
public sealed class BrierScore(BrierForm form = BrierForm.MeanOverLabels, ScoreKind scores = ScoreKind.Probabilities)
    : Metric("Brier score", scores, singleLabel: false)
{
    private const string SumState = "sum";
    private readonly (BrierForm Form, ScoreKind Scores) settings = (form, scores);

    private protected override object Settings => settings;

    private protected override IEnumerable<(string Name, Tensor Value)> CreateState(long classes, Device stateDevice)
    {
        yield return (SumState, zeros(1, ScalarType.Float64, stateDevice));
    }

    private protected override void Accumulate(Tensor scores, Tensor labels) =>
        State(SumState).PlusInPlace(Probabilities.From(scores, settings.Scores).Minus(labels.to(scores.dtype)).Squared().sum(ScalarType.Float64));

    private protected override double ComputeFigure() =>
        State(SumState).ReadDouble() / Samples / (settings.Form == BrierForm.MeanOverLabels ? Classes : 1);
}
