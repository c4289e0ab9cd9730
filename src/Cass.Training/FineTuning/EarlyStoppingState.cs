namespace Cass.Training;

/// <summary>What early stopping remembers.</summary>
/// <param name="PreviousLoss">Loss of the last validation.</param>
/// <param name="Rises">Validations in a row whose loss was higher than the one before.</param>
internal readonly record struct EarlyStoppingState(double PreviousLoss, int Rises);
