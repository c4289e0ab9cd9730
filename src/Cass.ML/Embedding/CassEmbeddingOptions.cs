using Cass.Training;
using Microsoft.ML;

namespace Cass.ML;

/// <summary>Settings of <see cref="CassEmbeddingEstimator"/> where it pretrains.</summary>
public sealed class CassEmbeddingOptions
{
    /// <summary>
    /// Chooses networks, recipe, image size, epochs and all else that <see cref="CassTrainerBuilder"/> offers. Before it, the seed is drawn from
    /// the <see cref="MLContext"/>'s. Default null: the builder's defaults.
    /// </summary>
    public Action<CassTrainerBuilder>? Configure { get; set; }

    /// <summary>Images that take part in pretraining beside those of the view; they need the column of images alone. Default null: none.</summary>
    public IDataView? UnlabeledData { get; set; }

    /// <summary>Whether to pretrain; false embeds with the networks as they start, which says something where they start from trained weights. Default true.</summary>
    public bool Pretrain { get; set; } = true;

    /// <summary>Which networks embed. Default <see cref="CassNetworks.Both"/>.</summary>
    public CassNetworks Networks { get; set; } = CassNetworks.Both;

    /// <summary>Takes progress, beside the context's log. Default null.</summary>
    public IProgress<TrainingProgress>? Progress { get; set; }

    /// <summary>Stops the training. ML.NET offers an estimator no token of its own. Default none.</summary>
    public CancellationToken CancellationToken { get; set; }
}
