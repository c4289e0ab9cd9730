namespace Cass.Data;

/// <summary>How batches are made.</summary>
public sealed record ImageLoaderOptions
{
    /// <summary>Images of a batch, at least 1. Default 16, as published.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Whether every epoch has its own random order. Default false: the order of the dataset.</summary>
    public bool Shuffle { get; init; }

    /// <summary>Whether a last batch with fewer images is left out. Default false.</summary>
    public bool DropLast { get; init; }

    /// <summary>Threads that decode and transform images; 0 does it on the reading thread. Results are the same for any number. Default: <see cref="AvailableProcessors.Count"/>, 8 at the most.</summary>
    public int Workers { get; init; } = Math.Min(AvailableProcessors.Count, 8);

    /// <summary>Batches prepared ahead of the one in use, at least 1. Default 2.</summary>
    public int PrefetchBatches { get; init; } = 2;

    /// <summary>Seed of order and transforms. Default 77, as published.</summary>
    public long Seed { get; init; } = 77;

    /// <summary>What happens to an image that cannot be read. Default: reading the batch fails and names it.</summary>
    public UnreadableImages UnreadableImages { get; init; } = UnreadableImages.Fail;

    /// <summary>
    /// Bytes for a cache of images as they are before the first random step, decoded and resized; 0 for none. What does
    /// not fit is decoded every time. Default 0.
    /// </summary>
    public long CacheBytes { get; init; }

    /// <summary>
    /// A file to keep that cache in, so that the next run finds it: memory-mapped, <see cref="CacheBytes"/> long, used by
    /// one loader at a time. Images are found by their content and the settings; only encoded images (files, bytes) are
    /// kept. Null keeps the cache in memory. Default null.
    /// </summary>
    public string? CacheFile { get; init; }

    /// <summary>
    /// Draws the images of every epoch with replacement, with probabilities proportional to these weights, one for each
    /// image; see <see cref="ImageDataset.SamplingWeights"/>. Null takes every image once. Default null.
    /// </summary>
    public IReadOnlyList<double>? SamplingWeights { get; init; }

    /// <summary>Whether batches are in page-locked memory, from which copies to a GPU run beside other work. Null does so where there is a CUDA device. Default null.</summary>
    public bool? PinMemory { get; init; }

    /// <summary>
    /// Whether the memory of a disposed batch is used for a later one, which spares the system the work of providing
    /// fresh memory. Nothing that shares the memory of a batch, such as a view of its tensors or the graph of a loss that
    /// is still to be differentiated, may then be used after the batch is disposed. Default false.
    /// </summary>
    public bool ReuseMemory { get; init; }

    /// <summary>Measures how long the threads decode and augment. Default null: nothing is measured.</summary>
    public TrainingProfile? Profile { get; init; }

    internal void Validate()
    {
        Check(CacheBytes >= 0, nameof(CacheBytes), CacheBytes, "at least 0");
        if (CacheFile is not null && CacheBytes == 0)
        {
            throw new CassInputException($"{nameof(ImageLoaderOptions)}.{nameof(CacheFile)} is '{CacheFile}' but {nameof(CacheBytes)} is 0; set it to the size that the file may have.");
        }

        Check(BatchSize >= 1, nameof(BatchSize), BatchSize, "at least 1");
        Check(Workers is >= 0 and <= 1024, nameof(Workers), Workers, "from 0 to 1024");
        Check(PrefetchBatches is >= 1 and <= 1024, nameof(PrefetchBatches), PrefetchBatches, "from 1 to 1024");
        Check(Enum.IsDefined(UnreadableImages), nameof(UnreadableImages), UnreadableImages, "Fail or Skip");
    }

    private static void Check<T>(bool isValid, string name, T value, string range)
    {
        if (!isValid)
        {
            throw new CassInputException($"{nameof(ImageLoaderOptions)}.{name} is {value}; it must be {range}.");
        }
    }
}
