using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Keeps a copy of a network's weights, to come back to.</summary>
internal sealed class WeightSnapshot(nn.Module network) : IDisposable
{
    private const string Prefix = "best.";

    private Dictionary<string, Tensor> copy = [];

    /// <summary>The copy, for checkpoints; empty where none was taken.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State => copy.Select(e => new KeyValuePair<string, Tensor>(Prefix + e.Key, e.Value));

    public void Take() => Take(network.state_dict());

    /// <summary>Puts the weights back; does nothing where none were taken.</summary>
    public void Restore()
    {
        if (copy.Count == 0)
        {
            return;
        }

        using var guard = no_grad();
        foreach (var (name, tensor) in network.state_dict())
        {
            tensor.copy_(copy[name]);
        }
    }

    /// <summary>Takes over the copy of a checkpoint, if it has one.</summary>
    public void Restore(Checkpoint checkpoint)
    {
        var saved = checkpoint.WithPrefix(Prefix);
        if (saved.Count > 0)
        {
            Take(network.state_dict().ToDictionary(e => e.Key, e => saved[e.Key].to(e.Value.device), StringComparer.Ordinal));
        }
    }

    public void Dispose()
    {
        foreach (var tensor in copy.Values)
        {
            tensor.Dispose();
        }
    }

    private void Take(IReadOnlyDictionary<string, Tensor> weights)
    {
        using var guard = no_grad();
        if (copy.Count > 0)
        {
            foreach (var (name, tensor) in weights)
            {
                copy[name].copy_(tensor);
            }

            return;
        }

        using var scope = NewDisposeScope();
        copy = weights.ToDictionary(e => e.Key, e => e.Value.detach().clone().DetachFromDisposeScope(), StringComparer.Ordinal);
    }
}
