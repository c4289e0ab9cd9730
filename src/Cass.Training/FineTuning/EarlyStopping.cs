namespace Cass.Training;

/// <summary>Stops when the validation loss has risen at more than a number of validations in a row.</summary>
/// <param name="patience">That number; 0 never stops.</param>
internal sealed class EarlyStopping(int patience)
{
    public EarlyStoppingState State { get; set; } = new(double.PositiveInfinity, 0);

    public bool IsDue => patience > 0 && State.Rises > patience;

    public void Observe(double validationLoss) =>
        State = new(validationLoss, validationLoss > State.PreviousLoss ? State.Rises + 1 : 0);
}
