namespace Cass.Training;

/// <summary>Stops when more than a number of validations in a row have brought nothing.</summary>
/// <param name="patience">That number; 0 never stops.</param>
/// <param name="rule">What it is to bring nothing.</param>
internal sealed class EarlyStopping(int patience, EarlyStoppingRule rule)
{
    public EarlyStoppingState State { get; set; } = new(double.PositiveInfinity, 0);

    public bool IsDue => patience > 0 && State.Count > patience;

    public void Observe(double validationLoss) => State = rule == EarlyStoppingRule.FallingLoss
        ? new(validationLoss, validationLoss > State.Loss ? State.Count + 1 : 0)
        : validationLoss < State.Loss ? new(validationLoss, 0) : State with { Count = State.Count + 1 };
}
