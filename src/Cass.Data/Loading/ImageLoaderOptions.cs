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

    /// <summary>Threads that decode and transform images; 0 does it on the reading thread. Results are the same for any number. Default: the number of processors, 8 at the most.</summary>
    public int Workers { get; init; } = Math.Min(Environment.ProcessorCount, 8);

    /// <summary>Batches prepared ahead of the one in use, at least 1. Default 2.</summary>
    public int PrefetchBatches { get; init; } = 2;

    /// <summary>Seed of order and transforms. Default 77, as published.</summary>
    public int Seed { get; init; } = 77;

    /// <summary>What happens to an image that cannot be read. Default: reading the batch fails and names it.</summary>
    public UnreadableImages UnreadableImages { get; init; } = UnreadableImages.Fail;

    internal void Validate()
    {
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
