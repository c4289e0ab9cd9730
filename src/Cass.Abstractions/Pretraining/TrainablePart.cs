using static TorchSharp.torch.nn;

namespace Cass;

/// <summary>Modules that share an optimiser: in CASS, one network with what is attached to it.</summary>
/// <param name="Name">What the part is called in logs, such as <c>cnn</c>.</param>
/// <param name="Modules">The modules whose parameters are trained.</param>
public sealed record TrainablePart(string Name, IReadOnlyList<Module> Modules)
{
    /// <summary>
    /// Modules that the method moves by itself, such as a momentum teacher: no optimiser touches them, but checkpoints
    /// hold them. Default: none.
    /// </summary>
    public IReadOnlyList<Module> Teachers { get; init; } = [];
}
