using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>What one batch gave: the loss, and the embeddings that diagnostics look at. It owns its tensors.</summary>
/// <param name="loss">Scalar, with gradient.</param>
/// <param name="embeddings">By network, float [batch, dimensions], detached from the graph.</param>
public sealed class SelfSupervisedOutput(Tensor loss, IReadOnlyDictionary<string, Tensor> embeddings) : IDisposable
{
    /// <summary>The loss: a scalar, with gradient.</summary>
    public Tensor Loss { get; } = loss;

    /// <summary>
    /// What each network made of the images: float [batch, dimensions], detached from the graph. Whether the networks have
    /// collapsed is judged by them; where there are none, there is no verdict, and the log warns of it.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> Embeddings { get; } = embeddings;

    /// <summary>
    /// Figures of the batch to be logged, by name: scalars, detached from the graph. They are read once an epoch, at its last
    /// batch. Default: none.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> Figures { get; init; } = new Dictionary<string, Tensor>(StringComparer.Ordinal);

    /// <summary>
    /// What the method's progress is judged by where its loss does not tell it, such as DINO's, which rises while it learns: a
    /// scalar, detached from the graph, the lower the better. Its mean over an epoch is <see cref="PretrainingEpoch.JudgedLoss"/>, by
    /// which <see cref="CheckpointOptions.KeepBest"/> chooses. Default null: the loss. Give it for every batch or for none.
    /// </summary>
    public Tensor? JudgedLoss { get; init; }

    /// <summary>Where the loss's graph ends at networks that are computed on threads of their own: what goes on from there. Null where it is one graph.</summary>
    internal NetworkGraphs? Networks { get; init; }

    /// <inheritdoc/>
    public void Dispose()
    {
        Networks?.Dispose();
        Loss.Dispose();
        JudgedLoss?.Dispose();
        foreach (var tensor in Embeddings.Values.Concat(Figures.Values))
        {
            tensor.Dispose();
        }
    }
}
