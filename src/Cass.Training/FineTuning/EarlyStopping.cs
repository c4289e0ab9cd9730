namespace Cass.Training;

/// <summary>Stops when more than a number of validations in a row have brought nothing.</summary>
/// <param name="patience">That number; 0 never stops.</param>
/// <param name="rule">What it is to bring nothing.</param>
/// <param name="best">What makes one better than another.</param>
internal sealed class EarlyStopping(int patience, EarlyStoppingRule rule, BestEpoch best)
{
    public EarlyStoppingState State { get; set; } = new(double.PositiveInfinity, 0);

    public bool IsDue => patience > 0 && State.Count > patience;

    public void Observe(ValidationScore score) => State = rule == EarlyStoppingRule.FallingLoss
        ? new(score.Loss, score.Loss > State.Loss ? State.Count + 1 : 0)
        : IsBetter(score) ? new(score.Loss, 0, score.F1, score.Auroc) : State with { Count = State.Count + 1 };

    private bool IsBetter(ValidationScore score) => rule == EarlyStoppingRule.BestLoss ? score.Loss < State.Loss : score.IsBetterThan(new(State.Loss, State.F1, State.Auroc), best);
}
