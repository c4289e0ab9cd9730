using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Metrics;

/// <summary>
/// Accuracy: the share of samples whose predicted labels are exactly the true ones.
/// </summary>
/// <remarks>
/// With <see cref="DecisionRule.Argmax"/>, the default, the usual accuracy of single-label data; with
/// <see cref="DecisionRule.Threshold"/>, the subset accuracy of multi-label data. From 0 to 1.
/// </remarks>
public sealed class Accuracy : Metric
{
    private const string CorrectState = "correct";
    private readonly LabelDecision labelDecision;
    private readonly (DecisionRule Decision, DecisionThresholds Thresholds, ScoreKind Scores) settings;

    /// <summary>Creates the metric.</summary>
    /// <param name="decision">How scores become predicted labels; the highest score by default.</param>
    /// <param name="thresholds">Probabilities that the scores must exceed under <see cref="DecisionRule.Threshold"/>; 0.5 where null.</param>
    /// <param name="scores">What the scores mean; probabilities by default.</param>
    public Accuracy(DecisionRule decision = DecisionRule.Argmax, DecisionThresholds? thresholds = null, ScoreKind scores = ScoreKind.Probabilities)
        : base("accuracy", scores, singleLabel: decision == DecisionRule.Argmax)
    {
        settings = (decision, thresholds ?? DecisionThresholds.Half, scores);
        labelDecision = new LabelDecision(settings.Decision, settings.Thresholds, settings.Scores);
    }

    private protected override object Settings => settings;

    private protected override IEnumerable<(string Name, Tensor Value)> CreateState(long classes, Device stateDevice)
    {
        yield return (CorrectState, zeros(1, ScalarType.Int64, stateDevice));
    }

    private protected override void Accumulate(Tensor scores, Tensor labels) =>
        State(CorrectState).PlusInPlace(labelDecision.Predict(scores).eq(labels).all(1).sum());

    private protected override double ComputeFigure() => State(CorrectState).ReadInt64() / (double)Samples;

    private protected override void RequireClasses(long classes) => settings.Thresholds.RequireFit(Name, settings.Decision, classes);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            labelDecision.Dispose();
        }

        base.Dispose(disposing);
    }
}
