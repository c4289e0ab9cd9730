using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Data;

/// <summary>
/// A batch in the making. The reading thread creates and disposes its tensors; workers write into their memory, each
/// image to its own place.
/// </summary>
internal sealed class PendingBatch : IDisposable
{
    private readonly Tensor[] views;
    private readonly nint[] addresses;
    private readonly Exception?[] failures;
    private readonly ManualResetEventSlim done = new(initialState: false);
    private int remaining;
    private volatile bool isCanceled;

    public PendingBatch(int[] indices, int epoch, int start, IReadOnlyList<ImagePipeline> pipelines, BatchMemory memory)
    {
        Start = start;
        Indices = indices;
        Epoch = epoch;
        failures = new Exception?[indices.Length];
        remaining = indices.Length;
        views = new Tensor[pipelines.Count];
        addresses = new nint[pipelines.Count];
        for (var v = 0; v < views.Length; v++)
        {
            var p = pipelines[v];
            views[v] = memory.Take([indices.Length, p.OutputChannels, p.OutputHeight, p.OutputWidth]);
            unsafe
            {
                fixed (byte* pointer = views[v].bytes)
                {
                    addresses[v] = (nint)pointer;
                }
            }
        }
    }

    public int[] Indices { get; }

    public int Epoch { get; }

    /// <summary>Place of its first image in the epoch.</summary>
    public int Start { get; }

    public bool IsCanceled => isCanceled;

    /// <summary>Where a view of an image is written.</summary>
    public unsafe Span<float> Destination(int view, int position, int length) =>
        new((float*)addresses[view] + ((long)position * length), length);

    /// <summary>Notes that an image is done, or why it is not.</summary>
    public void Complete(int position, Exception? failure)
    {
        failures[position] = failure;
        if (Interlocked.Decrement(ref remaining) == 0)
        {
            done.Set();
        }
    }

    public void Wait(CancellationToken cancellationToken) => done.Wait(cancellationToken);

    /// <summary>Hands over the tensors, without the images that failed.</summary>
    public (Tensor[] Views, int[] Indices, (int Index, Exception Failure)[] Failures) Take()
    {
        (int Position, Exception Failure)[] failed = [.. failures.Select((f, i) => (i, f)).Where(pair => pair.f is not null).Select(pair => (pair.i, pair.f!))];
        if (failed.Length == 0)
        {
            return (views, Indices, []);
        }

        var kept = Enumerable.Range(0, Indices.Length).Where(i => failures[i] is null).ToArray();
        if (kept.Length > 0)
        {
            using var positions = tensor(kept.Select(i => (long)i).ToArray());
            for (var v = 0; v < views.Length; v++)
            {
                var rest = views[v].index_select(0, positions).DetachFromDisposeScope();
                views[v].Dispose();
                views[v] = rest;
            }
        }

        return (views, [.. kept.Select(i => Indices[i])], [.. failed.Select(f => (Indices[f.Position], f.Failure))]);
    }

    /// <summary>Ends the batch before it is taken: waits for the images that are being worked on, then frees the memory.</summary>
    public void Cancel()
    {
        isCanceled = true;
        done.Wait();
        DisposeViews(views);
        Dispose();
    }

    public void Dispose() => done.Dispose();

    public static void DisposeViews(IEnumerable<Tensor> views)
    {
        foreach (var view in views)
        {
            view.Dispose();
        }
    }
}
