using Cass.Metrics;

namespace Cass.Training;

/// <summary>One epoch of pretraining.</summary>
/// <param name="Epoch">Its number, from 1.</param>
/// <param name="Loss">Mean loss over its batches.</param>
/// <param name="LastLoss">Loss of its last batch.</param>
/// <param name="LearningRate">Learning rate of its last step, by the run's schedule.</param>
/// <param name="EmbeddingStd">
/// By network, the spread of the embeddings of its last 128 images: per-dimension standard deviation on the unit sphere
/// times √dimensions, averaged. About 1 is healthy; near 0 the network says the same of every image. Empty where
/// <paramref name="Verdict"/> is null.
/// </param>
/// <param name="Verdict">
/// What the embeddings of its last 128 images say of collapse, by the worst of the networks; null where that was not measured,
/// since <see cref="SelfSupervisedOutput.Embeddings"/> is empty or has less than two embeddings of a network.
/// </param>
/// <param name="ImagesPerSecond">Images per second over the epoch.</param>
/// <param name="Duration">How long it took.</param>
/// <param name="DataWait">Share of that time that was spent waiting for images, in [0, 1].</param>
/// <param name="GradientNorms">
/// By part of the method, the Euclidean norm of its gradients at the last step, before clipping; empty where weights are not updated.
/// </param>
/// <param name="Probes">Scores of the features by labels, where a <see cref="FeatureProbe"/> was asked for; empty otherwise.</param>
public sealed record PretrainingEpoch(
    int Epoch,
    double Loss,
    double LastLoss,
    double LearningRate,
    IReadOnlyDictionary<string, double> EmbeddingStd,
    CollapseVerdict? Verdict,
    double ImagesPerSecond,
    TimeSpan Duration,
    double DataWait,
    IReadOnlyDictionary<string, double> GradientNorms,
    IReadOnlyDictionary<string, double> Probes)
{
    /// <summary>By part of the method, the learning rate of its last step; empty where weights are not updated.</summary>
    public IReadOnlyDictionary<string, double> LearningRates { get; init; } = new Dictionary<string, double>(StringComparer.Ordinal);

    /// <summary>
    /// Mean over the epoch's batches of what the method's progress is judged by, the lower the better; null where that is
    /// <see cref="Loss"/>. See <see cref="SelfSupervisedOutput.JudgedLoss"/>.
    /// </summary>
    public double? JudgedLoss { get; init; }

    /// <summary>Figures of the method's own at its last batch, by name; see <see cref="SelfSupervisedOutput.Figures"/>.</summary>
    public IReadOnlyDictionary<string, double> Figures { get; init; } = new Dictionary<string, double>(StringComparer.Ordinal);
}
