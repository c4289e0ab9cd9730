using System.Collections.Concurrent;
using System.Diagnostics;

namespace Cass.Serving;

/// <summary>
/// The one thread that computes: it gathers images that are prepared, and predicts them at once. One thread, since native libraries keep
/// threads and memory for each that calls them.
/// </summary>
internal sealed class BatchThread : IDisposable
{
    private readonly BlockingCollection<ImageRequest> prepared = [];
    private readonly List<ImageRequest> batch = [];
    private readonly ServingOptions options;
    private readonly AdmissionControl admission;
    private readonly ServingMetrics metrics;
    private readonly Thread thread;
    private int lastBatch;
    private volatile bool isGivenUp;

    public BatchThread(string name, ServingOptions options, AdmissionControl admission, ServingMetrics metrics)
    {
        this.options = options;
        this.admission = admission;
        this.metrics = metrics;
        thread = new Thread(Run) { IsBackground = true, Name = $"Cass {name} compute" };
    }

    public void Start() => thread.UnsafeStart();

    public void Add(ImageRequest request) => prepared.Add(request);

    /// <summary>Ends images that wait, and those that come, instead of computing them. A batch that is being computed is finished.</summary>
    public void GiveUp() => isGivenUp = true;

    /// <summary>Takes no more images, and waits until all that were taken are answered.</summary>
    public void Complete()
    {
        prepared.CompleteAdding();
        if (!thread.ThreadState.HasFlag(System.Threading.ThreadState.Unstarted))
        {
            thread.Join();
        }
    }

    public void Dispose() => prepared.Dispose();

    private void Run()
    {
        ImageRequest? next = null;
        while (next is not null || prepared.TryTake(out next, Timeout.Infinite))
        {
            next = Gather(next);
            if (batch.Count > 0)
            {
                Compute();
                batch.Clear();
            }
        }
    }

    /// <summary>Fills the batch with images that were prepared for the same predictor.</summary>
    /// <returns>The first image that was prepared for another, if it came upon one.</returns>
    private ImageRequest? Gather(ImageRequest first)
    {
        var begin = Stopwatch.GetTimestamp();
        for (var next = first; ;)
        {
            if (next.IsAbandoned)
            {
                next.Drop();
            }
            else if (batch.Count > 0 && next.Predictor != batch[0].Predictor)
            {
                return next;
            }
            else
            {
                batch.Add(next);
            }

            if (batch.Count == 0 || batch.Count == options.MaxBatchSize || !prepared.TryTake(out next, WaitFor(begin)))
            {
                return null;
            }
        }
    }

    /// <summary>How many milliseconds to wait for another image: none where none is on its way and none came with the last.</summary>
    private int WaitFor(long begin)
    {
        var left = options.MaxDelay - Stopwatch.GetElapsedTime(begin);
        return left > TimeSpan.Zero && (lastBatch > 1 || admission.Pending > batch.Count) ? (int)Math.Ceiling(left.TotalMilliseconds) : 0;
    }

    private void Compute()
    {
        lastBatch = batch.Count;
        if (isGivenUp)
        {
            batch.ForEach(request => request.Fail(StoppedService.Error()));
            return;
        }

        var begin = Stopwatch.GetTimestamp();
        if (!TryAnswer(batch, out _))
        {
            // One image may have spoilt the batch; the others are innocent.
            foreach (var request in batch)
            {
                Alone(request);
            }
        }

        var elapsed = Stopwatch.GetElapsedTime(begin);
        admission.Measured(lastBatch, elapsed);
        metrics.Computed(lastBatch, elapsed);
    }

    private static void Alone(ImageRequest request)
    {
        if (request.IsAbandoned)
        {
            request.Drop();
        }
        else if (!TryAnswer([request], out var error))
        {
            request.Fail(error!);
        }
    }

    private static bool TryAnswer(List<ImageRequest> requests, out Exception? error)
    {
        IReadOnlyList<Prediction> predictions;
        try
        {
            predictions = requests[0].Predictor!.Predictor.Predict([.. requests.Select(request => request.Image)]);
            if (predictions.Count != requests.Count)
            {
                throw new CassException($"The predictor gave {predictions.Count} predictions for {requests.Count} images.");
            }
        }
        catch (Exception e)
        {
            error = e;
            return false;
        }

        for (var i = 0; i < predictions.Count; i++)
        {
            requests[i].Answer(predictions[i]);
        }

        error = null;
        return true;
    }
}
