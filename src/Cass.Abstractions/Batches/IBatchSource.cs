namespace Cass;

/// <summary>
/// Where batches come from: an image loader, tensors in memory, a data pipeline of one's own. Epochs are read one at a
/// time, from one thread.
/// </summary>
public interface IBatchSource
{
    /// <summary>Number of images.</summary>
    int Count { get; }

    /// <summary>Number of batches of an epoch, at least 1.</summary>
    int BatchesPerEpoch { get; }

    /// <summary>What an image is called in errors.</summary>
    /// <param name="index">Its position in the dataset, as in <see cref="ImageBatch.Indices"/>.</param>
    /// <returns>Its name; a path, for a file.</returns>
    string NameOf(int index);

    /// <summary>Reads the batches of an epoch. The same number gives the same batches.</summary>
    /// <param name="epoch">Number of the epoch, from 1.</param>
    /// <param name="startBatch">Batches to leave out at the start of the epoch, where a run is resumed.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The batches, in order; the consumer disposes each.</returns>
    IEnumerable<ImageBatch> ReadEpoch(int epoch, int startBatch = 0, CancellationToken cancellationToken = default);
}
