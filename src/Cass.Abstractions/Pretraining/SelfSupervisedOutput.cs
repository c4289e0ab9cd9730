using static TorchSharp.torch;

namespace Cass;

/// <summary>What one batch gave: the loss, and the embeddings that diagnostics look at. It owns its tensors.</summary>
/// <param name="loss">Scalar, with gradient.</param>
/// <param name="embeddings">By part, float [batch, dimensions], detached from the graph.</param>
public sealed class SelfSupervisedOutput(Tensor loss, IReadOnlyDictionary<string, Tensor> embeddings) : IDisposable
{
    /// <summary>The loss: a scalar, with gradient.</summary>
    public Tensor Loss { get; } = loss;

    /// <summary>What each part made of the images: float [batch, dimensions], detached from the graph.</summary>
    public IReadOnlyDictionary<string, Tensor> Embeddings { get; } = embeddings;

    /// <inheritdoc/>
    public void Dispose()
    {
        Loss.Dispose();
        foreach (var embedding in Embeddings.Values)
        {
            embedding.Dispose();
        }
    }
}
