using Cass.Data;

namespace Cass.Training;

/// <summary>Translates a trainer's loading settings into a loader's.</summary>
internal static class Loaders
{
    public static ImageLoaderOptions Options(LoadingOptions loading, int batchSize, long seed, bool shuffle, bool dropLast) => new()
    {
        BatchSize = batchSize,
        Shuffle = shuffle,
        DropLast = dropLast,
        Workers = loading.Workers == 0 ? AvailableProcessors.Count : loading.Workers,
        PrefetchBatches = loading.PrefetchBatches,
        CacheBytes = loading.CacheBytes,
        Seed = seed,
    };
}
