using Cass.Training;

namespace BrainMri.Results;

/// <summary>What one network learned and reached.</summary>
/// <param name="Network">Its timm name.</param>
/// <param name="FineTuning">A row for each epoch of fine-tuning.</param>
/// <param name="Test">Its scores on the test images.</param>
internal sealed record NetworkResults(string Network, IReadOnlyList<FineTuningEpoch> FineTuning, EvaluationReport Test);
