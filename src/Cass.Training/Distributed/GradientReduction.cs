using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// Adds up the gradients of all processes: in flat buffers, as PyTorch's <c>DistributedDataParallel</c> does, so that there are few messages and large
/// ones. While one buffer is on its way, the next is filled. What is added up is weighted already (<see cref="DistributedBatch.Weight"/>).
/// </summary>
/// <param name="group">The processes.</param>
/// <param name="parameters">All that is trained, in the same order in each process.</param>
/// <param name="profile">Measures how long it takes; null for no measurement.</param>
internal sealed class GradientReduction(IProcessGroup group, IEnumerable<Parameter> parameters, TrainingProfile? profile = null) : IDisposable
{
    /// <summary>The section of the profile that it counts for.</summary>
    public const string Section = "gradients of all processes";

    /// <summary>PyTorch's size.</summary>
    private const long BucketBytes = 25 << 20;

    /// <summary>In the order in which the backward pass comes to them, roughly.</summary>
    private readonly Parameter[] parameters = [.. parameters.Reverse()];
    private readonly Dictionary<int, Tensor> buffers = [];

    /// <summary>Whether this is the process whose gradients count where those of before are kept.</summary>
    public bool IsMain => group.Rank == 0;

    /// <summary>Replaces the gradients of every process by their sum.</summary>
    public void Reduce() => Reduce(replace: true);

    /// <summary>
    /// Brings the sum of gradients that are not complete yet to the main process, as part of a checkpoint, and leaves none in the others: so their sum
    /// is as before.
    /// </summary>
    public void GatherAtMain() => Reduce(replace: IsMain);

    public void Dispose()
    {
        foreach (var buffer in buffers.Values)
        {
            buffer.Dispose();
        }

        buffers.Clear();
    }

    private void Reduce(bool replace)
    {
        if (group.Size == 1)
        {
            return;
        }

        using var measurement = profile?.Measure(Section);
        using var guard = no_grad();
        var buckets = Buckets();
        var pending = new List<(Task Done, Tensor Buffer, IReadOnlyList<Parameter> Parameters)>();
        foreach (var (number, bucket) in buckets.Index())
        {
            var buffer = BufferFor(number, bucket);
            Copy(bucket, buffer, (gradient, part) => part.copy_(gradient));
            pending.Add((group.AllReduceAsync(buffer), buffer, bucket));
        }

        foreach (var (done, buffer, bucket) in pending)
        {
            done.GetAwaiter().GetResult();
            Copy(bucket, buffer, (gradient, part) => _ = replace ? gradient.copy_(part) : gradient.zero_());
        }
    }

    private static void Copy(IReadOnlyList<Parameter> bucket, Tensor buffer, Action<Tensor, Tensor> copy)
    {
        var start = 0L;
        foreach (var parameter in bucket)
        {
            using var scope = NewDisposeScope();
            var gradient = parameter.grad!;
            var count = gradient.NumberOfElements;
            copy(gradient, buffer.narrow(0, start, count).view(gradient.shape));
            start += count;
        }
    }

    /// <summary>Parameters with a gradient, in groups of one type and device. They are the same in all processes, which compute the same.</summary>
    private List<List<Parameter>> Buckets()
    {
        using var scope = NewDisposeScope();
        var buckets = new List<List<Parameter>>();
        var bytes = 0L;
        foreach (var parameter in parameters)
        {
            if (parameter.grad is not { } gradient)
            {
                continue;
            }

            var size = gradient.NumberOfElements * gradient.element_size();
            if (buckets.Count == 0 || bytes + size > BucketBytes || buckets[^1][0].dtype != parameter.dtype || buckets[^1][0].device != parameter.device)
            {
                buckets.Add([]);
                bytes = 0;
            }

            buckets[^1].Add(parameter);
            bytes += size;
        }

        return buckets;
    }

    private Tensor BufferFor(int number, List<Parameter> bucket)
    {
        var count = bucket.Sum(parameter => parameter.NumberOfElements);
        if (buffers.TryGetValue(number, out var buffer) && buffer.shape[0] == count && buffer.dtype == bucket[0].dtype && buffer.device == bucket[0].device)
        {
            return buffer;
        }

        buffer?.Dispose();
        return buffers[number] = empty(count, bucket[0].dtype, bucket[0].device).DetachFromDisposeScope();
    }
}
