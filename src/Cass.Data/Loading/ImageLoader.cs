using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Data;

/// <summary>
/// Makes batches of augmented images on several threads, ahead of the networks that consume them. What a batch holds
/// depends on the dataset, the pipelines, the seed and the number of the epoch alone: it is bit-equal for any number of
/// workers, and the same epoch read twice is the same. Epochs are read one at a time.
/// </summary>
public sealed class ImageLoader : IBatchSource, IDisposable
{
    private const ulong OrderStream = 1;
    private const ulong TransformStream = 2;
    private readonly ImageDataset dataset;
    private readonly ImagePipeline[] pipelines;
    private readonly ImageLoaderOptions options;
    private readonly BlockingCollection<(PendingBatch Batch, int Position)> queue = new(new ConcurrentQueue<(PendingBatch, int)>());
    private readonly SortedDictionary<int, SkippedImage> skipped = [];
    private readonly Lock gate = new();
    private readonly ThreadLocal<Xoshiro256Random> random = new(() => new Xoshiro256Random());
    private readonly PreparedImageCache? cache;
    private readonly Lazy<BatchMemory> memory;
    private readonly int sharedSteps;
    private readonly double[]? cumulativeWeights;
    private Thread[]? workers;
    private bool isReading;
    private volatile bool isDisposed;

    /// <summary>Creates a loader of one view per image, with targets where the images are labelled.</summary>
    /// <param name="dataset">The images.</param>
    /// <param name="pipeline">From decoded image to network input.</param>
    /// <param name="options">Choices; null for the defaults.</param>
    /// <exception cref="CassInputException">An option is out of range; or there are too few images for a batch.</exception>
    public ImageLoader(ImageDataset dataset, ImagePipeline pipeline, ImageLoaderOptions? options = null)
        : this(dataset, [pipeline], options)
    {
    }

    /// <summary>Creates a loader of several views per image, with targets where the images are labelled.</summary>
    /// <param name="dataset">The images.</param>
    /// <param name="views">One pipeline for each view.</param>
    /// <param name="options">Choices; null for the defaults.</param>
    /// <exception cref="CassInputException">An option is out of range; or there are too few images for a batch.</exception>
    public ImageLoader(ImageDataset dataset, IReadOnlyList<ImagePipeline> views, ImageLoaderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(views);
        this.dataset = dataset;
        this.options = options ?? new ImageLoaderOptions();
        this.options.Validate();
        pipelines = [.. views];
        if (pipelines.Length == 0 || Array.Exists(pipelines, p => p is null))
        {
            throw new ArgumentException("A loader needs a pipeline for each view, at least one.", nameof(views));
        }

        if (dataset.Count == 0)
        {
            throw new CassInputException("There are no images to load.");
        }

        if (BatchesPerEpoch == 0)
        {
            throw new CassInputException($"A batch of {this.options.BatchSize} images is more than the {dataset.Count} there are, and incomplete batches are left out; set {nameof(ImageLoaderOptions.BatchSize)} to {dataset.Count} at the most, or {nameof(ImageLoaderOptions.DropLast)} to false.");
        }

        cumulativeWeights = Cumulative(this.options.SamplingWeights, dataset.Count);
        sharedSteps = CountSharedSteps(pipelines);
        cache = OpenCache();
        TorchBackend.EnsureLoaded();
        memory = new Lazy<BatchMemory>(() => new BatchMemory(this.options.PinMemory ?? cuda.is_available(), this.options.ReuseMemory));
    }

    /// <summary>Creates a loader of one view per image, without targets.</summary>
    /// <param name="images">The images.</param>
    /// <param name="pipeline">From decoded image to network input.</param>
    /// <param name="options">Choices; null for the defaults.</param>
    /// <exception cref="CassInputException">An option is out of range; or there are too few images for a batch.</exception>
    public ImageLoader(IReadOnlyList<IImageSource> images, ImagePipeline pipeline, ImageLoaderOptions? options = null)
        : this(images, [pipeline], options)
    {
    }

    /// <summary>Creates a loader of several views per image, without targets.</summary>
    /// <param name="images">The images.</param>
    /// <param name="views">One pipeline for each view.</param>
    /// <param name="options">Choices; null for the defaults.</param>
    /// <exception cref="CassInputException">An option is out of range; or there are too few images for a batch.</exception>
    public ImageLoader(IReadOnlyList<IImageSource> images, IReadOnlyList<ImagePipeline> views, ImageLoaderOptions? options = null)
        : this(ImageDataset.Unlabeled(images), views, options)
    {
    }

    /// <inheritdoc/>
    public int Count => dataset.Count;

    /// <inheritdoc/>
    public int BatchesPerEpoch => options.DropLast ? dataset.Count / options.BatchSize : (dataset.Count + options.BatchSize - 1) / options.BatchSize;

    /// <summary>The images left out so far because they could not be read, by position in the dataset. Empty unless <see cref="ImageLoaderOptions.UnreadableImages"/> is <see cref="UnreadableImages.Skip"/>.</summary>
    public IReadOnlyList<SkippedImage> SkippedImages
    {
        get
        {
            lock (gate)
            {
                return [.. skipped.Values];
            }
        }
    }

    /// <inheritdoc/>
    public string NameOf(int index) => dataset.NameOf(index);

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The epoch or the first batch is negative, or there are not as many batches.</exception>
    /// <exception cref="UnreadableImageException">While reading: an image of the batch cannot be read.</exception>
    /// <exception cref="OperationCanceledException">While reading: it was cancelled.</exception>
    public IEnumerable<ImageBatch> ReadEpoch(int epoch, int startBatch = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(startBatch);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(startBatch, BatchesPerEpoch);
        return Read(epoch, startBatch, step: 1, BatchShare.Whole, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The epoch or the first batch is negative, or there are not as many batches.</exception>
    /// <exception cref="UnreadableImageException">While reading: an image of the batch cannot be read.</exception>
    /// <exception cref="OperationCanceledException">While reading: it was cancelled.</exception>
    public IEnumerable<ImageBatch> ReadShares(int epoch, BatchShare share, int startBatch = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfNegative(startBatch);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(startBatch, BatchesPerEpoch);
        return Read(epoch, startBatch, step: 1, share, cancellationToken);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The epoch is negative.</exception>
    /// <exception cref="UnreadableImageException">While reading: an image of the batch cannot be read.</exception>
    /// <exception cref="OperationCanceledException">While reading: it was cancelled.</exception>
    public IEnumerable<ImageBatch> ReadInTurn(int epoch, BatchShare share, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        return Read(epoch, share.Rank, share.Size, BatchShare.Whole, cancellationToken);
    }

    /// <summary>The order in which an epoch reads the images.</summary>
    /// <param name="epoch">Number of the epoch.</param>
    /// <returns>Positions in the dataset.</returns>
    public IReadOnlyList<int> OrderOf(int epoch) => Order(epoch);

    /// <summary>Ends the worker threads.</summary>
    public void Dispose()
    {
        if (isDisposed)
        {
            return;
        }

        isDisposed = true;
        queue.CompleteAdding();
        foreach (var worker in workers ?? [])
        {
            worker.Join();
        }

        queue.Dispose();
        random.Dispose();
        cache?.Dispose();
        if (memory.IsValueCreated)
        {
            memory.Value.Dispose();
        }
    }

    /// <summary>Seeds the transforms of one view of one image.</summary>
    internal static void Seed(Xoshiro256Random generator, long seed, int epoch, int index, int view, int draw = 0) =>
        generator.Reseed(TransformStream, (ulong)seed, (ulong)epoch, (ulong)index, (ulong)view, (ulong)draw);

    private IEnumerable<ImageBatch> Read(int epoch, int startBatch, int step, BatchShare share, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        if (isReading)
        {
            throw new InvalidOperationException("An epoch of this loader is being read already; end it first, or use a second loader.");
        }

        StartWorkers();
        isReading = true;
        var window = new Queue<PendingBatch>();
        try
        {
            var order = Order(epoch);
            var next = startBatch;
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                ObjectDisposedException.ThrowIf(isDisposed, this);
                while (next < BatchesPerEpoch && window.Count <= (options.Workers > 0 ? options.PrefetchBatches : 0))
                {
                    if (Schedule(order, next, epoch, share) is { } scheduled)
                    {
                        window.Enqueue(scheduled);
                    }

                    next += step;
                }

                if (window.Count == 0)
                {
                    yield break;
                }

                var pending = window.Peek();
                if (options.Workers == 0)
                {
                    WorkInline(pending, cancellationToken);
                }

                pending.Wait(cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
                window.Dequeue();
                ImageBatch? batch;
                using (pending)
                {
                    batch = Finish(pending);
                }

                if (batch is not null)
                {
                    yield return batch;
                }
            }
        }
        finally
        {
            isReading = false;
            foreach (var pending in window)
            {
                pending.Cancel();
            }
        }
    }

    /// <summary>How many steps at the start all views have in common and do the same at every time.</summary>
    private static int CountSharedSteps(ImagePipeline[] pipelines)
    {
        var first = pipelines[0];
        if (Array.Exists(pipelines, p => p.Sequence.PreservesGray != first.Sequence.PreservesGray))
        {
            return 0;
        }

        return Enumerable.Range(0, first.Sequence.CacheableSteps)
            .TakeWhile(i => Array.TrueForAll(pipelines, p => i < p.Sequence.CacheableSteps && string.Equals(p.Transforms[i].CacheKey, first.Transforms[i].CacheKey, StringComparison.Ordinal)))
            .Count();
    }

    private static double[]? Cumulative(IReadOnlyList<double>? weights, int count)
    {
        if (weights is null)
        {
            return null;
        }

        if (weights.Count != count)
        {
            throw new CassInputException($"There are {weights.Count} sampling weights for {count} images; give one to each.");
        }

        var sums = new double[count];
        var sum = 0.0;
        for (var i = 0; i < count; i++)
        {
            if (!(weights[i] >= 0 && double.IsFinite(weights[i])))
            {
                throw new CassInputException($"The sampling weight of image {i} is {weights[i]}; it must be a number of at least 0.");
            }

            sums[i] = sum += weights[i];
        }

        return sum > 0 && double.IsFinite(sum) ? sums : throw new CassInputException($"The sampling weights add up to {sum}; at least one must be above 0.");
    }

    private PreparedImageCache? OpenCache()
    {
        if (options.CacheBytes == 0)
        {
            return null;
        }

        var settings = $"gray {pipelines[0].Sequence.PreservesGray}, {string.Join(", ", pipelines[0].Transforms.Take(sharedSteps).Select(t => t.CacheKey))}";
        return options.CacheFile is { } path
            ? new ImageCacheFile(path, settings, dataset.Count, options.CacheBytes)
            : new MemoryImageCache(dataset.Count, options.CacheBytes);
    }

    private int[] Order(int epoch)
    {
        if (cumulativeWeights is { } sums)
        {
            var generator = new Xoshiro256Random(OrderStream, (ulong)options.Seed, (ulong)epoch);
            var drawn = new int[dataset.Count];
            for (var i = 0; i < drawn.Length; i++)
            {
                // The first image whose sum of weights exceeds the drawn point: none of weight 0.
                var found = Array.BinarySearch(sums, generator.NextDouble() * sums[^1]);
                found = found >= 0 ? found + 1 : ~found;
                while (found > 0 && found < sums.Length && sums[found] == sums[found - 1])
                {
                    found++;
                }

                drawn[i] = Math.Min(found, sums.Length - 1);
            }

            return drawn;
        }

        int[] order = [.. Enumerable.Range(0, dataset.Count)];
        if (options.Shuffle)
        {
            new Xoshiro256Random(OrderStream, (ulong)options.Seed, (ulong)epoch).Shuffle(order);
        }

        return order;
    }

    /// <summary>Begins to load a share of a batch; null where the share is empty.</summary>
    private PendingBatch? Schedule(int[] order, int batch, int epoch, BatchShare share)
    {
        var first = batch * options.BatchSize;
        var (offset, count) = share.Of(Math.Min(options.BatchSize, order.Length - first));
        if (count == 0)
        {
            return null;
        }

        var start = first + offset;
        var pending = new PendingBatch(order[start..(start + count)], epoch, start, pipelines, memory.Value);
        if (options.Workers > 0)
        {
            for (var i = 0; i < pending.Indices.Length; i++)
            {
                queue.Add((pending, i));
            }
        }

        return pending;
    }

    /// <summary>Turns a finished batch into tensors; null where none of its images could be read.</summary>
    private ImageBatch? Finish(PendingBatch pending)
    {
        var (views, indices, failures) = pending.Take();
        foreach (var (index, failure) in failures)
        {
            if (options.UnreadableImages == UnreadableImages.Fail || failure is not UnreadableImageException unreadable)
            {
                PendingBatch.DisposeViews(views);
                ExceptionDispatchInfo.Throw(failure);
                return null;
            }

            lock (gate)
            {
                skipped[index] = new SkippedImage(index, unreadable.ImageName, unreadable.Reason);
            }
        }

        if (indices.Length == 0)
        {
            PendingBatch.DisposeViews(views);
            return null;
        }

        return new ImageBatch(views, Targets(indices), indices, memory.Value.Reclaim);
    }

    private Tensor? Targets(int[] indices)
    {
        if (!dataset.IsLabeled)
        {
            return null;
        }

        var classes = dataset.Labels.Count;
        var values = new float[indices.Length * classes];
        for (var i = 0; i < indices.Length; i++)
        {
            dataset.WriteTarget(indices[i], values.AsSpan(i * classes, classes));
        }

        return tensor(values, [indices.Length, classes]).DetachFromDisposeScope();
    }

    private void StartWorkers()
    {
        if (workers is not null || options.Workers == 0)
        {
            return;
        }

        workers = new Thread[options.Workers];
        for (var i = 0; i < workers.Length; i++)
        {
            workers[i] = new Thread(Work) { IsBackground = true, Name = $"{nameof(ImageLoader)} {i + 1}" };
            workers[i].Start();
        }
    }

    private void Work()
    {
        foreach (var (batch, position) in queue.GetConsumingEnumerable())
        {
            Load(batch, position);
        }
    }

    private void WorkInline(PendingBatch pending, CancellationToken cancellationToken)
    {
        for (var i = 0; i < pending.Indices.Length; i++)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                for (; i < pending.Indices.Length; i++)
                {
                    pending.Complete(i, failure: null);
                }

                cancellationToken.ThrowIfCancellationRequested();
            }

            Load(pending, i);
        }
    }

    private void Load(PendingBatch batch, int position)
    {
        Exception? failure = null;
        try
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            if (!batch.IsCanceled)
            {
                LoadImage(batch, position);
            }
        }
        catch (Exception e)
        {
            failure = e;
        }

        batch.Complete(position, failure);
    }

    private void LoadImage(PendingBatch batch, int position)
    {
        var index = batch.Indices[position];
        var source = dataset.ImageAt(index);
        var (prepared, isShared) = Prepare(index, source);
        using var measurement = options.Profile?.Measure(TrainingProfile.Augment);
        var generator = random.Value!;

        // Where images are drawn with replacement, each draw has its own randomness.
        var draw = cumulativeWeights is null ? 0 : batch.Start + position;
        for (var v = 0; v < pipelines.Length; v++)
        {
            Seed(generator, options.Seed, batch.Epoch, index, v, draw);
            pipelines[v].Finish(prepared, sharedSteps, generator, batch.Destination(v, position, pipelines[v].OutputLength));
        }

        if (!isShared)
        {
            PixelBuffers.Return(prepared.Pixels);
        }
    }

    /// <summary>An image after the steps that are the same every time, and whether others may hold its pixels too.</summary>
    private (PixelImage Image, bool IsShared) Prepare(int index, IImageSource source)
    {
        using var measurement = options.Profile?.Measure(TrainingProfile.Decode);
        byte[]? encoded = null;
        var prepared = cache?.Find(index, source, ref encoded);
        var isShared = prepared is not null && cache!.SharesBuffers;
        if (prepared is null)
        {
            // A source of the user's own may hand out the same pixels again.
            var lease = new PixelLease(Decode(source, encoded), isOwned: source is IEncodedImageSource or RawImage);
            pipelines[0].Prepare(lease, sharedSteps);
            prepared = lease.Image;
            isShared = cache is not null && cache.Add(index, prepared, source, encoded);

            // Steps of the user's own may keep what they are given.
            isShared |= !lease.IsOwned || !pipelines[0].Sequence.ReturnsOwnBuffers;
        }

        return (prepared, isShared);
    }

    private static PixelImage Decode(IImageSource source, byte[]? encoded) => encoded is not null && source is IEncodedImageSource file
        ? SourceReading.Of(source, () => ImageDecoder.Decode(encoded, source.Name, file.DecodingOptions))
        : SourceReading.Pixels(source);
}
