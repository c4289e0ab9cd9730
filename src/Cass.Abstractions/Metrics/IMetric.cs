using static TorchSharp.torch;

namespace Cass;

/// <summary>
/// A figure accumulated over batches. <see cref="Update"/> keeps its state on the device of the scores and does not
/// wait for it; only <see cref="Compute"/> does.
/// </summary>
public interface IMetric : IDisposable
{
    /// <summary>What the figure is called in logs and reports.</summary>
    string Name { get; }

    /// <summary>Adds a batch.</summary>
    /// <param name="scores">Float [batch, classes], as the implementation asks: probabilities or logits.</param>
    /// <param name="targets">[batch, classes] of 0 and 1, on the same device.</param>
    void Update(Tensor scores, Tensor targets);

    /// <summary>The figure over everything since the last <see cref="Reset"/>.</summary>
    /// <returns>The figure.</returns>
    double Compute();

    /// <summary>Forgets everything.</summary>
    void Reset();
}
