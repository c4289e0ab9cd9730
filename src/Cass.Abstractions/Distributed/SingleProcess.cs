using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace Cass;

/// <summary>A process that trains alone. Its operations leave tensors as they are.</summary>
public sealed class SingleProcess : IProcessGroup
{
    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Size => 1;

    /// <inheritdoc/>
    public int LocalRank => 0;

    /// <inheritdoc/>
    public string Transport => "a single process";

    /// <inheritdoc/>
    public void AllReduce(Tensor tensor, ReduceOperation operation = ReduceOperation.Sum) => ArgumentNullException.ThrowIfNull(tensor);

    /// <inheritdoc/>
    public void Broadcast(Tensor tensor, int root = 0)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentOutOfRangeException.ThrowIfNotEqual(root, 0);
    }

    /// <inheritdoc/>
    public Tensor AllGather(Tensor rows, IReadOnlyList<long>? counts = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return rows.detach().clone();
    }

    /// <inheritdoc/>
    public void Barrier()
    {
    }

    /// <inheritdoc/>
    [DoesNotReturn]
    public void Abort(string reason)
    {
        Console.Error.WriteLine(reason);
        Environment.Exit(1);
        throw new InvalidOperationException(reason);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
