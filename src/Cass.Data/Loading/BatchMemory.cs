using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Data;

/// <summary>Provides the tensors that batches are written into. Used by the reading thread alone.</summary>
internal sealed class BatchMemory(bool isPinned, bool isReused) : IDisposable
{
    private const int MaxKept = 16;
    private readonly List<Tensor> kept = [];
    private bool isDisposed;

    /// <summary>Offers the memory of a batch; null where it is not used again.</summary>
    public Func<Tensor, bool>? Reclaim => isReused ? Keep : null;

    /// <summary>A tensor of undefined content, outside of the reader's dispose scopes: the batch owns it, and outlives them.</summary>
    public Tensor Take(long[] shape)
    {
        lock (kept)
        {
            var found = kept.FindLastIndex(t => t.shape.AsSpan().SequenceEqual(shape));
            if (found >= 0)
            {
                var tensor = kept[found];
                kept.RemoveAt(found);
                return tensor;
            }
        }

        var fresh = empty(shape, ScalarType.Float32, CPU).DetachFromDisposeScope();
        if (!isPinned)
        {
            return fresh;
        }

        using (fresh)
        {
            return fresh.pin_memory().DetachFromDisposeScope();
        }
    }

    public void Dispose()
    {
        lock (kept)
        {
            isDisposed = true;
            foreach (var tensor in kept)
            {
                tensor.Dispose();
            }

            kept.Clear();
        }
    }

    private bool Keep(Tensor tensor)
    {
        lock (kept)
        {
            if (isDisposed || tensor.IsInvalid || tensor.dtype != ScalarType.Float32 || tensor.device_type != DeviceType.CPU || kept.Count == MaxKept)
            {
                return false;
            }

            kept.Add(tensor.DetachFromDisposeScope());
            return true;
        }
    }
}
