using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace Cass;

/// <summary>
/// Processes that train one network together, and what they do in common: PyTorch's <c>torch.distributed.ProcessGroup</c>.
/// </summary>
/// <remarks>
/// <para>Every process calls the same operations in the same order, with tensors of the same type and, but for the rows of
/// <see cref="AllGather"/>, of the same shape. One that does not leaves the others waiting.</para>
/// <para>Tensors may be on any device. An operation is called by one thread at a time.</para>
/// <para>A process disposes the group when it has nothing more to do with the others; they all do.</para>
/// </remarks>
public interface IProcessGroup : IDisposable
{
    /// <summary>The number of this process, from 0 to <see cref="Size"/> − 1.</summary>
    int Rank { get; }

    /// <summary>The number of processes, at least 1.</summary>
    int Size { get; }

    /// <summary>The number of this process among those of its machine, from 0: by it, each takes a GPU of its own.</summary>
    int LocalRank { get; }

    /// <summary>What the processes are connected by, for logs, such as <c>Open MPI v4.1.4</c>.</summary>
    string Transport { get; }

    /// <summary>Combines the tensors of all processes, element by element; all have the result, which is the same to the bit.</summary>
    /// <param name="tensor">A tensor of float16, bfloat16, float32, float64, int64 or bytes, which is overwritten with the result.</param>
    /// <param name="operation">How they are combined. Default: their sum.</param>
    void AllReduce(Tensor tensor, ReduceOperation operation = ReduceOperation.Sum);

    /// <summary>
    /// Begins an <see cref="AllReduce"/> and returns before it is done, where the transport can. Operations are carried out in the order of
    /// the calls.
    /// </summary>
    /// <param name="tensor">The tensor, which is neither read nor written nor disposed until the task is done.</param>
    /// <param name="operation">How they are combined. Default: their sum.</param>
    /// <returns>Done when <paramref name="tensor"/> has the result.</returns>
    Task AllReduceAsync(Tensor tensor, ReduceOperation operation = ReduceOperation.Sum)
    {
        AllReduce(tensor, operation);
        return Task.CompletedTask;
    }

    /// <summary>Copies the tensor of one process to all others.</summary>
    /// <param name="tensor">A tensor of any type; at all but the root it is overwritten.</param>
    /// <param name="root">The process that it is copied from. Default 0.</param>
    void Broadcast(Tensor tensor, int root = 0);

    /// <summary>Puts the rows of all processes one below the other, in the order of their ranks.</summary>
    /// <param name="rows">A tensor of any type: [rows, …], whose number of rows may differ between processes and may be 0.</param>
    /// <param name="counts">The numbers of rows of all processes, where all of them know these; null asks for them first.</param>
    /// <returns>The rows of all processes: a new tensor, on the device of <paramref name="rows"/>, which the caller disposes.</returns>
    Tensor AllGather(Tensor rows, IReadOnlyList<long>? counts = null);

    /// <summary>Waits until all processes have called it.</summary>
    void Barrier();

    /// <summary>
    /// Ends all processes of the group at once, with an exit code that tells of failure: one that goes no further would leave the others
    /// waiting. It may be called by any thread, and does not return.
    /// </summary>
    /// <param name="reason">Why, in one line, which is written to standard error with the number of the process.</param>
    /// <exception cref="ObjectDisposedException">This process has left the group.</exception>
    [DoesNotReturn]
    void Abort(string reason);
}
