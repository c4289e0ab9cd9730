using System.Diagnostics;
using Cass.Data;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cass.Serving;

/// <summary>
/// A classifier that many callers share: images are decoded and resized by a few threads, computed in batches by one, and queue up to a limit.
/// When the classifier's files change, they are read, and the new classifier takes the place of the former without a dropped image. One for each
/// classifier of a process; all members may be called from several threads at once.
/// </summary>
/// <remarks>
/// <para>
/// With dependency injection a service is registered by <c>AddCassClassifier</c> and its kin, and started and stopped by the host. Without, call
/// <see cref="StartAsync"/>, and dispose it in the end.
/// </para>
/// <para>
/// An image that is computed in a batch may get probabilities that differ in the last bits from those that it gets alone, since libraries sum in
/// another order for other sizes of a batch; with <see cref="ServingOptions.MaxBatchSize"/> 1 they are those of the classifier used alone.
/// </para>
/// </remarks>
/// <example><code>
/// await using var service = new ClassifierService(new PredictorSource(["model.onnx"], () =&gt; OnnxClassifier.Load("model.onnx")));
/// await service.StartAsync();
/// Prediction prediction = await service.PredictAsync(request.Body, "upload 7", request.HttpContext.RequestAborted);
/// </code></example>
public sealed class ClassifierService : IAsyncDisposable, IDisposable
{
    /// <summary>Name of the meter that services report by, for OpenTelemetry's <c>AddMeter</c>.</summary>
    public const string MeterName = ServingMetrics.MeterName;

    private const int MostThreadsByDefault = 8;

    private readonly ServingOptions options;
    private readonly AdmissionControl admission;
    private readonly CurrentPredictor current = new();
    private readonly PredictorReloader reloader;
    private readonly PreparationThreads preparation;
    private readonly BatchThread batches;
    private readonly ServingMetrics metrics;
    private readonly SemaphoreSlim lifecycle = new(1, 1);
    private readonly SemaphoreSlim computing = new(1, 1);
    private readonly CancellationTokenSource stopping = new();
    private Task watching = Task.CompletedTask;
    private volatile bool isStopped;
    private volatile bool isReady;

    /// <summary>Prepares a service; nothing is read before <see cref="StartAsync"/>.</summary>
    /// <param name="source">Where the classifier comes from.</param>
    /// <param name="options">How to queue, batch and reload; the defaults where null. They are copied.</param>
    /// <param name="logger">Told of loading, and of what could not be loaded.</param>
    /// <param name="name">What the classifier is called in logs and metrics.</param>
    /// <exception cref="CassInputException">An option is outside its range; the message names it.</exception>
    public ClassifierService(PredictorSource source, ServingOptions? options = null, ILogger<ClassifierService>? logger = null, string name = "default")
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        this.options = (options ?? new()).Checked();
        Name = name;
        admission = new AdmissionControl(this.options);
        metrics = new ServingMetrics(name, () => admission.Pending);
        reloader = new PredictorReloader(source, current, name, metrics, logger ?? NullLogger<ClassifierService>.Instance);
        batches = new BatchThread(name, this.options, admission, metrics);
        preparation = new PreparationThreads(this.options.PreparationThreads ?? Math.Clamp(AvailableProcessors.Count, 1, MostThreadsByDefault), name, current, batches.Add);
    }

    /// <summary>What the classifier is called in logs and metrics.</summary>
    public string Name { get; }

    /// <summary>Whether images are taken: from the end of <see cref="StartAsync"/> to the beginning of <see cref="StopAsync"/>.</summary>
    public bool IsReady => isReady;

    /// <summary>Number of images that are accepted and not yet answered.</summary>
    public int Pending => admission.Pending;

    /// <summary>The classes of the classifier that is served now; a reload may change them.</summary>
    /// <exception cref="InvalidOperationException">The service is not started.</exception>
    /// <exception cref="ObjectDisposedException">The service has stopped.</exception>
    public LabelMap Labels => Served().Predictor.Labels;

    /// <summary>When the classifier that is served now was loaded, in UTC.</summary>
    /// <exception cref="InvalidOperationException">The service is not started.</exception>
    /// <exception cref="ObjectDisposedException">The service has stopped.</exception>
    public DateTimeOffset LoadedAt => Served().LoadedAt;

    /// <summary>Why the classifier's files as they are now could not be loaded, so that a former state of them is served; null where they are served.</summary>
    public string? ReloadFailure => reloader.Failure;

    /// <summary>Loads the classifier, has it predict once, and begins to take images. Does nothing where it is done already.</summary>
    /// <param name="cancellationToken">Gives up before the loading begins.</param>
    /// <returns>A task that ends once the service is ready.</returns>
    /// <exception cref="CassException">The classifier is missing or damaged, or cannot predict; the message is one line, and names the file. The service may be started again.</exception>
    /// <exception cref="ObjectDisposedException">The service has stopped.</exception>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await lifecycle.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(isStopped, this);
            if (isReady)
            {
                return;
            }

            await reloader.LoadAsync(cancellationToken).ConfigureAwait(false);
            preparation.Start();
            batches.Start();
            isReady = true;
            if (options.ReloadOnChange)
            {
                watching = reloader.WatchAsync(options.PollInterval, stopping.Token);
            }
        }
        finally
        {
            lifecycle.Release();
        }
    }

    /// <summary>
    /// Takes no more images, answers those that it has taken, ends its threads and disposes the classifier. Does nothing where it is done already.
    /// </summary>
    /// <param name="cancellationToken">Ends the waiting for answers: images that are not being computed end in an <see cref="ObjectDisposedException"/>.</param>
    /// <returns>A task that ends once all native memory of the classifier is released.</returns>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        await lifecycle.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (isStopped)
            {
                return;
            }

            (isStopped, isReady) = (true, false);
            admission.Close();
            await using (cancellationToken.UnsafeRegister(static service => ((ClassifierService)service!).GiveUp(), this).ConfigureAwait(false))
            {
                await stopping.CancelAsync().ConfigureAwait(false);
                await watching.ConfigureAwait(false);
                await admission.Drained.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await Task.Run(EndThreads, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            lifecycle.Release();
        }
    }

    /// <summary>Predicts an encoded image from a stream, which is read to its end, asynchronously.</summary>
    /// <param name="stream">The stream, such as the body of a request; it stays open. It is read once there is a place in the queue.</param>
    /// <param name="name">What the image is called in the prediction and in errors.</param>
    /// <param name="cancellationToken">Ends the call at any moment; the other images of its batch are not affected.</param>
    /// <returns>The probability of every class, and the labels that are predicted.</returns>
    /// <exception cref="ServiceOverloadedException">The queue is full.</exception>
    /// <exception cref="UnreadableImageException">The stream is empty, holds no image, or one that is larger than allowed; the message names it.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The service is not started.</exception>
    /// <exception cref="ObjectDisposedException">The service has stopped, or was stopped before the image was computed.</exception>
    public async Task<Prediction> PredictAsync(Stream stream, string name = "stream", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var begin = Stopwatch.GetTimestamp();
        var place = Enter(cancellationToken);
        EncodedImage image;
        try
        {
            image = await EncodedImage.ReadAsync(new CountedStream(stream, place), name, Decoding(), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            place.Leave();
            metrics.Unanswered(e);
            throw;
        }

        return await Enqueue(image, place, begin, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Predicts an encoded image in memory: the bytes of a JPEG, PNG, BMP, WebP or GIF.</summary>
    /// <param name="encoded">The bytes of the file, which are not to be changed until the call has ended; one that was cancelled may still read them.</param>
    /// <param name="name">What the image is called in the prediction and in errors.</param>
    /// <param name="cancellationToken">Ends the call at any moment; the other images of its batch are not affected.</param>
    /// <returns>The probability of every class, and the labels that are predicted.</returns>
    /// <exception cref="ServiceOverloadedException">The queue is full.</exception>
    /// <exception cref="UnreadableImageException">The bytes are no image, or one that is larger than allowed; the message names it.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The service is not started.</exception>
    /// <exception cref="ObjectDisposedException">The service has stopped, or was stopped before the image was computed.</exception>
    public Task<Prediction> PredictAsync(ReadOnlyMemory<byte> encoded, string name = "image", CancellationToken cancellationToken = default) =>
        PredictAsync(new EncodedImage(encoded, name, Decoding()), encoded.Length, cancellationToken);

    /// <summary>Predicts an image.</summary>
    /// <param name="image">Where it comes from. It is decoded on a thread of the service.</param>
    /// <param name="cancellationToken">Ends the call at any moment; the other images of its batch are not affected.</param>
    /// <returns>The probability of every class, and the labels that are predicted.</returns>
    /// <exception cref="ServiceOverloadedException">The queue is full.</exception>
    /// <exception cref="CassInputException">The image is missing, unreadable or larger than allowed; the message names it.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The service is not started.</exception>
    /// <exception cref="ObjectDisposedException">The service has stopped, or was stopped before the image was computed.</exception>
    public Task<Prediction> PredictAsync(IImageSource image, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        return PredictAsync(image, heldBytes: 0, cancellationToken);
    }

    /// <summary>
    /// Lends the classifier that is served to a computation of one's own on an uploaded image, such as an explanation. The image has a place in the queue and is
    /// read within the limits, as by <see cref="PredictAsync(Stream, string, CancellationToken)"/>; computations run one at a time, on a thread of the pool, beside the
    /// batches of predictions. The classifier is not disposed before the computation has ended, even if it is replaced.
    /// </summary>
    /// <param name="stream">The stream, such as the body of a request; it stays open. It is read once there is a place in the queue.</param>
    /// <param name="compute">Takes the classifier and the image, which is not decoded yet. It is to heed <paramref name="cancellationToken"/> itself.</param>
    /// <param name="name">What the image is called in errors.</param>
    /// <param name="cancellationToken">Ends the reading and the waiting.</param>
    /// <typeparam name="T">What is computed.</typeparam>
    /// <returns>What <paramref name="compute"/> gives.</returns>
    /// <exception cref="ServiceOverloadedException">The queue is full.</exception>
    /// <exception cref="UnreadableImageException">The stream has more bytes than allowed; the message names the image.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The service is not started.</exception>
    /// <exception cref="ObjectDisposedException">The service has stopped, or was stopped before the computation began.</exception>
    public async Task<T> ComputeAsync<T>(Stream stream, Func<IImagePredictor, IImageSource, T> compute, string name = "stream", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(compute);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        RequireStarted();
        cancellationToken.ThrowIfCancellationRequested();
        var place = admission.Enter();
        try
        {
            var image = await EncodedImage.ReadAsync(new CountedStream(stream, place), name, Decoding(), cancellationToken).ConfigureAwait(false);
            await computing.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                var loaded = current.Enter();
                try
                {
                    return await Task.Run(() => compute(loaded.Predictor, image), CancellationToken.None).ConfigureAwait(false);
                }
                finally
                {
                    loaded.Leave();
                }
            }
            finally
            {
                computing.Release();
            }
        }
        finally
        {
            place.Leave();
        }
    }

    /// <summary>
    /// Loads the classifier's files now, whether they have changed or not, and serves them from then on. Images that are prepared already are
    /// still answered by the former classifier.
    /// </summary>
    /// <param name="cancellationToken">Gives up before the loading begins.</param>
    /// <returns>A task that ends once the new classifier is served.</returns>
    /// <exception cref="CassException">They cannot be loaded; the former classifier is still served.</exception>
    /// <exception cref="InvalidOperationException">The service is not started.</exception>
    /// <exception cref="ObjectDisposedException">The service has stopped.</exception>
    public async Task ReloadAsync(CancellationToken cancellationToken = default)
    {
        await lifecycle.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            RequireStarted();
            await reloader.LoadAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lifecycle.Release();
        }
    }

    /// <summary>Stops at once: images that are not being computed end in an <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => StopAsync(new CancellationToken(canceled: true)).GetAwaiter().GetResult();

    /// <summary>Stops at once: images that are not being computed end in an <see cref="ObjectDisposedException"/>.</summary>
    /// <returns>A task that ends once all native memory of the classifier is released.</returns>
    public ValueTask DisposeAsync() => new(StopAsync(new CancellationToken(canceled: true)));

    /// <summary>Looks whether the files have changed, as a poll does.</summary>
    internal Task CheckFilesAsync() => reloader.CheckAsync(CancellationToken.None);

    private async Task<Prediction> PredictAsync(IImageSource image, long heldBytes, CancellationToken cancellationToken)
    {
        var begin = Stopwatch.GetTimestamp();
        var place = Enter(cancellationToken);
        try
        {
            place.Add(heldBytes);
        }
        catch (ServiceOverloadedException e)
        {
            place.Leave();
            metrics.Unanswered(e);
            throw;
        }

        return await Enqueue(image, place, begin, cancellationToken).ConfigureAwait(false);
    }

    private AdmissionControl.Place Enter(CancellationToken cancellationToken)
    {
        RequireStarted();
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return admission.Enter();
        }
        catch (ServiceOverloadedException e)
        {
            metrics.Unanswered(e);
            throw;
        }
    }

    private Task<Prediction> Enqueue(IImageSource image, AdmissionControl.Place place, long begin, CancellationToken cancellationToken)
    {
        var request = new ImageRequest(image, place, begin, metrics, cancellationToken);
        if (!preparation.TryAdd(request))
        {
            request.Fail(StoppedService.Error());
        }

        return request.Task;
    }

    private ImageDecodingOptions Decoding() => Served().Predictor is IDecodingPredictor decoding ? decoding.Decoding : ImageDecodingOptions.ForPrediction;

    private LoadedPredictor Served()
    {
        RequireStarted();
        return current.Peek() ?? throw StoppedService.Error();
    }

    private void RequireStarted()
    {
        ObjectDisposedException.ThrowIf(isStopped, this);
        if (!isReady)
        {
            throw new InvalidOperationException($"The classifier '{Name}' is not started: run the host that it is registered with, or call {nameof(StartAsync)}.");
        }
    }

    private void GiveUp()
    {
        preparation.GiveUp();
        batches.GiveUp();
    }

    private void EndThreads()
    {
        preparation.Complete();
        batches.Complete();
        current.Replace(null);
        preparation.Dispose();
        batches.Dispose();
        reloader.Dispose();
        metrics.Dispose();
        stopping.Dispose();
    }
}
