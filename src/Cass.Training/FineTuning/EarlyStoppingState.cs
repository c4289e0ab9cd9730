namespace Cass.Training;

/// <summary>What early stopping remembers.</summary>
/// <param name="Loss">The loss that the next one is compared with: the lowest so far, or that of the last validation.</param>
/// <param name="Count">Validations in a row that have brought nothing.</param>
/// <param name="F1">The F1 of the best validation so far, where epochs are chosen by it.</param>
/// <param name="Auroc">Its AUROC, likewise.</param>
internal readonly record struct EarlyStoppingState(double Loss, int Count, double F1 = double.NegativeInfinity, double Auroc = double.NaN);
