using static TorchSharp.torch;

namespace Cass.Metrics;

/// <summary>The latest embeddings of a stream, in a ring buffer on their device. Adding a batch is one copy, or two.</summary>
internal sealed class EmbeddingWindow(string name, int capacity) : IDisposable
{
    private Tensor? buffer;
    private long next;

    public long Count { get; private set; }

    /// <summary>All that have ever been added: windows of equal totals and capacities hold the same images in the same places.</summary>
    public long Total { get; private set; }

    public long Dimensions => buffer!.shape[1];

    public void Add(Tensor embeddings)
    {
        EmbeddingArguments.Require(nameof(CollapseMonitor), $"embeddings of '{name}'", embeddings);
        if (buffer is not null && embeddings.shape[1] != buffer.shape[1])
        {
            throw new ArgumentException(
                $"{nameof(CollapseMonitor)}: embeddings of '{name}' are {MetricArguments.ShapeOf(embeddings)} after others of [samples, {buffer.shape[1]}]; call {nameof(CollapseMonitor.Reset)} before another number of dimensions.",
                nameof(embeddings));
        }

        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        if (buffer is null || !MetricArguments.SameDevice(buffer.device, embeddings.device))
        {
            buffer?.Dispose();
            var type = embeddings.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
            buffer = zeros(capacity, embeddings.shape[1], type, embeddings.device).DetachFromDisposeScope();
            Count = Total = next = 0;
        }

        var rows = embeddings.detach();
        Total += rows.shape[0];
        if (rows.shape[0] > capacity)
        {
            rows = rows.narrow(0, rows.shape[0] - capacity, capacity);
            next = (next + embeddings.shape[0] - capacity) % capacity;
        }

        for (var done = 0L; done < rows.shape[0];)
        {
            var length = Math.Min(rows.shape[0] - done, capacity - next);
            buffer.narrow(0, next, length).copy_(rows.narrow(0, done, length));
            done += length;
            next = (next + length) % capacity;
        }

        Count = Math.Min(capacity, Count + rows.shape[0]);
    }

    /// <summary>The embeddings, in the order of the ring; a view, within the caller's dispose scope.</summary>
    public Tensor Embeddings() => buffer!.narrow(0, 0, Count);

    public void Dispose() => buffer?.Dispose();
}
