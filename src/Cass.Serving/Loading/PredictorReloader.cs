using System.Diagnostics;
using Cass.Data;
using Microsoft.Extensions.Logging;

namespace Cass.Serving;

/// <summary>Reads a predictor, and reads it again when its files have changed. What cannot be read leaves the former in place.</summary>
internal sealed class PredictorReloader(PredictorSource source, CurrentPredictor current, string name, ServingMetrics metrics, ILogger logger) : IDisposable
{
    private readonly SemaphoreSlim gate = new(1, 1);
    private string? seen;
    private string? refused;

    /// <summary>Why the files as they are now could not be read; null where they are served.</summary>
    public string? Failure { get; private set; }

    /// <summary>Reads the predictor whether its files have changed or not.</summary>
    /// <exception cref="CassException">It cannot be read.</exception>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var stamp = ContentStamp.Of(source.Files);
            try
            {
                Serve(await ReadAsync(stamp).ConfigureAwait(false));
            }
            catch (CassException e)
            {
                Refuse(stamp, e);
                throw;
            }
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Looks at the files, again and again.</summary>
    public async Task WatchAsync(TimeSpan interval, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                await CheckAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The service stops.
        }
    }

    /// <summary>Looks at the files once, and reads them where they have changed since they were read and are as they were at the last look.</summary>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var stamp = ContentStamp.Of(source.Files);
            var isSettled = string.Equals(stamp, seen, StringComparison.Ordinal);
            seen = stamp;
            if (string.Equals(stamp, current.Peek()?.Stamp, StringComparison.Ordinal))
            {
                Failure = null;
            }
            else if (isSettled && !string.Equals(stamp, refused, StringComparison.Ordinal))
            {
                await ReloadAsync(stamp).ConfigureAwait(false);
            }
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose() => gate.Dispose();

    private async Task ReloadAsync(string stamp)
    {
        LoadedPredictor loaded;
        try
        {
            loaded = await ReadAsync(stamp).ConfigureAwait(false);
        }
        catch (CassException e)
        {
            // Files that were written meanwhile are looked at again before anybody is alarmed.
            if (IsUnchanged(stamp))
            {
                Refuse(stamp, e);
                logger.LogError(e, "Classifier {Name} is still served as it was, since its new files cannot be read: {Reason}", name, e.Message);
            }

            return;
        }

        if (IsUnchanged(stamp))
        {
            Serve(loaded);
        }
        else
        {
            loaded.Leave();
        }
    }

    private bool IsUnchanged(string stamp) => string.Equals(stamp, ContentStamp.Of(source.Files), StringComparison.Ordinal);

    private void Serve(LoadedPredictor loaded)
    {
        var former = current.Peek()?.Predictor.Labels;
        var labels = loaded.Predictor.Labels;
        current.Replace(loaded);
        (Failure, refused) = (null, null);
        metrics.Reloaded(isServed: true);
        if (former is not null && !former.Equals(labels))
        {
            logger.LogWarning("Classifier {Name} has other classes than before: {Labels}, where it had {Former}", name, labels, former);
        }
    }

    private void Refuse(string stamp, CassException error)
    {
        (Failure, refused) = (error.Message, stamp);
        metrics.Reloaded(isServed: false);
    }

    /// <summary>Reads the predictor on a thread of its own, and has it predict once: what cannot is not served, and what is slow the first time is done.</summary>
    private Task<LoadedPredictor> ReadAsync(string stamp) => Task.Factory.StartNew(
        () =>
        {
            var clock = Stopwatch.StartNew();
            var predictor = Read();
            try
            {
                predictor.Predict([new GrayImage()]);
                logger.LogInformation("Classifier {Name} was loaded in {Seconds:0.00} s; classes: {Labels}", name, clock.Elapsed.TotalSeconds, predictor.Labels);
                return new LoadedPredictor(predictor, stamp);
            }
            catch (Exception e)
            {
                (predictor as IDisposable)?.Dispose();
                throw e as CassException ?? new CassException($"The classifier '{name}' was read, but cannot predict: {e.Message}", e);
            }
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    private IImagePredictor Read()
    {
        try
        {
            return source.Load() ?? throw new CassInputException($"The source of the classifier '{name}' gave null for a predictor.");
        }
        catch (Exception e) when (e is not CassException)
        {
            throw new CassInputException($"The classifier '{name}' cannot be read: {e.Message}", e);
        }
    }

    private sealed class GrayImage : IImageSource
    {
        private const int Side = 64;
        private const byte Level = 128;

        public string Name => "a grey image, to warm up";

        public PixelImage Decode()
        {
            var pixels = new byte[Side * Side];
            Array.Fill(pixels, Level);
            return new PixelImage(Side, Side, 1, pixels);
        }
    }
}
