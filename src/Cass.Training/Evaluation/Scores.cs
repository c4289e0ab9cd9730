using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>A network's logits for the images of a source, in the order they came, with the targets; on the CPU.</summary>
/// <param name="Logits">[images, classes].</param>
/// <param name="Targets">[images, classes] of 0 and 1.</param>
/// <param name="BatchSizes">Images of each batch.</param>
/// <param name="Indices">Position in the dataset of each image.</param>
internal sealed record Scores(Tensor Logits, Tensor Targets, IReadOnlyList<int> BatchSizes, IReadOnlyList<int> Indices) : IDisposable
{
    public IReadOnlyList<(int Count, double Loss)> BatchLosses(nn.Module<Tensor, Tensor, Tensor> loss, Device device, ScalarType type)
    {
        var losses = new List<(int, double)>(BatchSizes.Count);
        var start = 0L;
        foreach (var count in BatchSizes)
        {
            using var scope = NewDisposeScope();
            var value = loss.forward(
                Logits.narrow(0, start, count).to(type, device),
                Targets.narrow(0, start, count).to(type, device));
            losses.Add((count, value.ReadDouble()));
            start += count;
        }

        return losses;
    }

    public void Dispose()
    {
        Logits.Dispose();
        Targets.Dispose();
    }
}
