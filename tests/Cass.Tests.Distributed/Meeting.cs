using static TorchSharp.torch;

namespace Cass.Tests.Distributed;

/// <summary>What the threads have in common: one object for all of them.</summary>
internal sealed class Meeting(int size)
{
    public Barrier Barrier { get; } = new(size);
    public Tensor?[] Tensors { get; } = new Tensor?[size];
}
