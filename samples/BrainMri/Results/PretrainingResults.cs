using Cass.Training;

namespace BrainMri.Results;

/// <summary>How pretraining went.</summary>
/// <param name="Epochs">A row for each epoch.</param>
/// <param name="StepLosses">The loss of each step; none where the run was interrupted, since the steps before that are not known.</param>
internal sealed record PretrainingResults(IReadOnlyList<PretrainingEpoch> Epochs, IReadOnlyList<double> StepLosses);
