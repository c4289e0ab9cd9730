using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>How images reach the networks.</summary>
public sealed class LoadingOptions
{
    /// <summary>Threads that decode and augment. Default 0: one for each of <see cref="AvailableProcessors.Count"/>.</summary>
    [Range(0, 1024)]
    public int Workers { get; set; }

    /// <summary>Batches prepared ahead. Default 4.</summary>
    [Range(1, 1024)]
    public int PrefetchBatches { get; set; } = 4;

    /// <summary>Memory for decoded and resized images, in bytes. Default 1 GiB; 0 for none.</summary>
    [Range(0.0, double.MaxValue)]
    public long CacheBytes { get; set; } = 1L << 30;
}
