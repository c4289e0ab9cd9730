using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>A checkpoint as read back. It owns its tensors.</summary>
internal sealed class Checkpoint(string path, RunPosition position, IReadOnlyDictionary<string, Tensor> tensors, JsonObject figures) : IDisposable
{
    public string Path { get; } = path;

    public RunPosition Position { get; } = position;

    public JsonObject Figures { get; } = figures;

    /// <summary>Copies saved tensors into the run's own; every one of them must be there.</summary>
    public void Restore(IEnumerable<KeyValuePair<string, Tensor>> targets)
    {
        using var guard = no_grad();
        foreach (var (name, target) in targets)
        {
            if (!tensors.TryGetValue(name, out var saved))
            {
                throw new CassInputException($"The checkpoint '{Path}' has no '{name}'. It is of another run: choose another checkpoint folder.");
            }

            if (!saved.shape.SequenceEqual(target.shape))
            {
                throw new CassInputException(
                    $"In the checkpoint '{Path}' '{name}' is [{string.Join(", ", saved.shape)}], here it is [{string.Join(", ", target.shape)}]. It is of another run: choose another checkpoint folder.");
            }

            target.copy_(saved);
        }
    }

    public Tensor? Find(string name) => tensors.GetValueOrDefault(name);

    public IReadOnlyDictionary<string, Tensor> WithPrefix(string prefix) => tensors
        .Where(e => e.Key.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(e => e.Key[prefix.Length..], e => e.Value, StringComparer.Ordinal);

    public void Dispose()
    {
        foreach (var tensor in tensors.Values)
        {
            tensor.Dispose();
        }
    }
}
