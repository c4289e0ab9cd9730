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

    /// <summary>
    /// Reads of each batch of an epoch the images that one of several processes takes. A source that can is to make no others; by
    /// default, whole batches are read and the rest is left out.
    /// </summary>
    /// <param name="epoch">Number of the epoch, from 1.</param>
    /// <param name="share">Which images the process takes.</param>
    /// <param name="startBatch">Batches to leave out at the start of the epoch, where a run is resumed.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The parts of the batches, in order, but for empty ones; the consumer disposes each.</returns>
    IEnumerable<ImageBatch> ReadShares(int epoch, BatchShare share, int startBatch = 0, CancellationToken cancellationToken = default) =>
        ReadEpoch(epoch, startBatch, cancellationToken).Select(batch => batch.Take(share)).OfType<ImageBatch>();

    /// <summary>
    /// Reads whole batches of an epoch in turn with other processes: the first that this process takes, and every so many more. A source
    /// that can is to make no others; by default, all are read and the rest is left out.
    /// </summary>
    /// <param name="epoch">Number of the epoch, from 1.</param>
    /// <param name="share">The number of the process, which is that of its first batch, and the number of processes.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <returns>The batches, in order; the consumer disposes each.</returns>
    IEnumerable<ImageBatch> ReadInTurn(int epoch, BatchShare share, CancellationToken cancellationToken = default)
    {
        var number = 0;
        foreach (var batch in ReadEpoch(epoch, 0, cancellationToken))
        {
            if (number++ % share.Size == share.Rank)
            {
                yield return batch;
            }
            else
            {
                batch.Dispose();
            }
        }
    }
}
