namespace Cass.Serving;

/// <summary>Who is let in: as many images and bytes as the queue may have, until the service stops.</summary>
internal sealed class AdmissionControl(ServingOptions options)
{
    private const double LongestRetry = 60;
    private const double WeightOfLast = 0.2;

    private readonly Lock gate = new();
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int pending;
    private long bytes;
    private double secondsPerImage;
    private bool isClosed;

    /// <summary>Number of images that are accepted and not yet answered.</summary>
    public int Pending => Volatile.Read(ref pending);

    /// <summary>Ends once the service is closed and every image is answered.</summary>
    public Task Drained => drained.Task;

    /// <summary>Takes a place in the queue.</summary>
    /// <exception cref="ServiceOverloadedException">There is none.</exception>
    /// <exception cref="ObjectDisposedException">The service has stopped, or is about to.</exception>
    public Place Enter()
    {
        lock (gate)
        {
            if (isClosed)
            {
                throw StoppedService.Error();
            }

            if (pending >= options.MaxQueue)
            {
                throw Overloaded($"{pending} images are waiting, as many as {nameof(ServingOptions)}.{nameof(ServingOptions.MaxQueue)} allows");
            }

            pending++;
            return new Place(this);
        }
    }

    /// <summary>Lets nobody in any more.</summary>
    public void Close()
    {
        lock (gate)
        {
            isClosed = true;
            TellWhetherDrained();
        }
    }

    /// <summary>Takes note of how fast images are computed.</summary>
    public void Measured(int images, TimeSpan elapsed)
    {
        var last = elapsed.TotalSeconds / images;
        lock (gate)
        {
            secondsPerImage = secondsPerImage == 0 ? last : ((1 - WeightOfLast) * secondsPerImage) + (WeightOfLast * last);
        }
    }

    private void Add(Place place, long count)
    {
        lock (gate)
        {
            bytes += count;
            place.Bytes += count;
            if (bytes > options.MaxQueuedBytes && place.Bytes < bytes)
            {
                throw Overloaded($"the images that are waiting have more than {options.MaxQueuedBytes} bytes, which {nameof(ServingOptions)}.{nameof(ServingOptions.MaxQueuedBytes)} allows");
            }
        }
    }

    private void ReleaseBytes(Place place)
    {
        lock (gate)
        {
            bytes -= place.Bytes;
            place.Bytes = 0;
        }
    }

    private void Leave(Place place)
    {
        lock (gate)
        {
            bytes -= place.Bytes;
            place.Bytes = 0;
            pending--;
            TellWhetherDrained();
        }
    }

    private void TellWhetherDrained()
    {
        if (isClosed && pending == 0)
        {
            drained.TrySetResult();
        }
    }

    private ServiceOverloadedException Overloaded(string why)
    {
        var retry = TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(pending * secondsPerImage), 1, LongestRetry));
        return new ServiceOverloadedException($"The service is overloaded: {why}. Try again in {retry.TotalSeconds:0} s.", retry);
    }

    /// <summary>An image's place in the queue. Its methods are called by one thread at a time.</summary>
    internal sealed class Place(AdmissionControl control)
    {
        private bool hasLeft;

        /// <summary>Bytes that are held for the image.</summary>
        public long Bytes { get; set; }

        /// <summary>Takes note of bytes that are held for the image from now on.</summary>
        /// <exception cref="ServiceOverloadedException">They are more than the queue may have.</exception>
        public void Add(long count) => control.Add(this, count);

        /// <summary>Takes note that no encoded bytes are held for the image any more.</summary>
        public void ReleaseBytes() => control.ReleaseBytes(this);

        /// <summary>Gives the place to others.</summary>
        public void Leave()
        {
            if (!hasLeft)
            {
                hasLeft = true;
                control.Leave(this);
            }
        }
    }
}
