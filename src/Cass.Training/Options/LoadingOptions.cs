using System.ComponentModel.DataAnnotations;

namespace Cass.Training;

/// <summary>How images reach the networks.</summary>
public sealed class LoadingOptions
{
    /// <summary>Threads that decode and augment. Default 0: one for each processor.</summary>
    [Range(0, 1024)]
    public int Workers { get; set; }

    /// <summary>Batches prepared ahead. Default 4.</summary>
    [Range(1, 1024)]
    public int PrefetchBatches { get; set; } = 4;
}
