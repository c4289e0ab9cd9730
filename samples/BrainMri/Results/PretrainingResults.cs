using Cass.Training;

namespace BrainMri.Results;

/// <summary>How pretraining went.</summary>
/// <param name="Epochs">A row for each epoch.</param>
/// <param name="StepLosses">The loss of each step.</param>
internal sealed record PretrainingResults(IReadOnlyList<PretrainingEpoch> Epochs, IReadOnlyList<double> StepLosses);
