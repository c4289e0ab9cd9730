using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace Cass.Tests.Distributed;

/// <summary>A thread of several that train together, as docs/scaling.md shows it.</summary>
internal sealed class ThreadGroup(Meeting meeting, int rank) : IProcessGroup
{
    public int Rank => rank;

    public int Size => meeting.Tensors.Length;

    public int LocalRank => 0;

    public string Transport => "threads";

    public void AllReduce(Tensor tensor, ReduceOperation operation = ReduceOperation.Sum) => Exchange(tensor, all =>
    {
        var stacked = stack(all);
        return operation switch
        {
            ReduceOperation.Max => stacked.amax([0]),
            ReduceOperation.Min => stacked.amin([0]),
            _ => stacked.sum([0L], type: tensor.dtype),
        };
    }, result => tensor.copy_(result));

    public void Broadcast(Tensor tensor, int root = 0) => Exchange(tensor, all => all[root].clone(), result => tensor.copy_(result));

    public Tensor AllGather(Tensor rows, IReadOnlyList<long>? counts = null)
    {
        Tensor? gathered = null;
        Exchange(rows, all => cat(all), result => gathered = result.DetachFromDisposeScope());
        return gathered!;
    }

    public void Barrier() => meeting.Barrier.SignalAndWait();

    [DoesNotReturn]
    public void Abort(string reason) => throw new InvalidOperationException(reason);

    public void Dispose()
    {
    }

    // All have put their tensor down before one reads, and all have read before one writes.
    private void Exchange(Tensor own, Func<Tensor[], Tensor> combine, Action<Tensor> take)
    {
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        meeting.Tensors[rank] = own;
        Barrier();
        var result = combine([.. meeting.Tensors.Select(tensor => tensor!)]);
        Barrier();
        take(result);
    }
}
