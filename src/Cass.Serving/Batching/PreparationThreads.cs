using System.Collections.Concurrent;
using System.Globalization;
using Cass.Data;

namespace Cass.Serving;

/// <summary>
/// Threads that decode and resize images, and hand them on. They are the service's own: what a thread keeps, such as buffers of pixels, is kept by a
/// few and ends with the service.
/// </summary>
internal sealed class PreparationThreads : IDisposable
{
    private readonly BlockingCollection<ImageRequest> waiting = [];
    private readonly CurrentPredictor current;
    private readonly Action<ImageRequest> next;
    private readonly Thread[] threads;
    private volatile bool isGivenUp;

    /// <param name="count">Number of threads.</param>
    /// <param name="name">Name of the classifier.</param>
    /// <param name="current">What images are prepared for.</param>
    /// <param name="next">Takes images that are prepared.</param>
    public PreparationThreads(int count, string name, CurrentPredictor current, Action<ImageRequest> next)
    {
        this.current = current;
        this.next = next;
        threads = [.. Enumerable.Range(0, count).Select(i => new Thread(Run) { IsBackground = true, Name = string.Create(CultureInfo.InvariantCulture, $"Cass {name} decode {i}") })];
    }

    public void Start() => Array.ForEach(threads, thread => thread.UnsafeStart());

    /// <summary>Takes an image; false once the threads have been told to end.</summary>
    public bool TryAdd(ImageRequest request)
    {
        try
        {
            waiting.Add(request);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Ends images that wait, and those that come, instead of preparing them.</summary>
    public void GiveUp() => isGivenUp = true;

    /// <summary>Takes no more images, and waits until all that were taken are handed on.</summary>
    public void Complete()
    {
        waiting.CompleteAdding();
        Array.ForEach(Array.FindAll(threads, thread => thread.ThreadState.HasFlag(ThreadState.Unstarted) is false), thread => thread.Join());
    }

    public void Dispose() => waiting.Dispose();

    private void Run()
    {
        foreach (var request in waiting.GetConsumingEnumerable())
        {
            if (request.IsAbandoned)
            {
                request.Drop();
            }
            else if (isGivenUp)
            {
                request.Fail(StoppedService.Error());
            }
            else if (Prepare(request))
            {
                next(request);
            }
        }
    }

    private bool Prepare(ImageRequest request)
    {
        LoadedPredictor? entered = null;
        try
        {
            entered = current.Enter();
            request.Prepared(entered.Predictor is IDecodingPredictor decoding ? decoding.Prepare(request.Image) : request.Image, entered);
            return true;
        }
        catch (Exception e)
        {
            entered?.Leave();
            request.Fail(e);
            return false;
        }
    }
}
