using Cass.Training;

namespace Cass.ML;

/// <summary>A network that a transformer predicts or embeds with.</summary>
/// <param name="Name">Its name, such as <c>resnet50</c>.</param>
/// <param name="History">What fine-tuning measured, epoch by epoch; empty for embeddings.</param>
public sealed record TrainedNetwork(string Name, IReadOnlyList<FineTuningEpoch> History);
