namespace Cass.Training;

/// <summary>What early stopping remembers.</summary>
/// <param name="Loss">The loss that the next one is compared with: the lowest so far, or that of the last validation.</param>
/// <param name="Count">Validations in a row that have brought nothing.</param>
internal readonly record struct EarlyStoppingState(double Loss, int Count);
