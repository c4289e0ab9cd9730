using System.Text.Json.Nodes;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>All that a run is at the end of a step.</summary>
/// <param name="Position">Where it stands.</param>
/// <param name="Tensors">Weights, optimisers, random state, metrics: the run's own tensors, not copies.</param>
/// <param name="Figures">Everything else, as JSON.</param>
internal sealed record RunState(RunPosition Position, IReadOnlyList<KeyValuePair<string, Tensor>> Tensors, JsonObject Figures)
{
    /// <summary>How good the epoch was that has just ended, the higher the better; null within an epoch.</summary>
    public double? Score { get; init; }
}
