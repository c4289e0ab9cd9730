namespace Cass.Training;

/// <summary>The batches of a phase that has not begun: how many there will be, and of which images.</summary>
/// <param name="count">Number of images.</param>
/// <param name="nameOf">What an image is called.</param>
/// <param name="batchSize">Images of a batch.</param>
/// <param name="dropLast">Whether the last incomplete batch is left out.</param>
internal sealed class PlannedBatches(int count, Func<int, string> nameOf, int batchSize, bool dropLast) : IBatchSource
{
    public int Count => count;

    public int BatchesPerEpoch => dropLast ? count / batchSize : (count + batchSize - 1) / batchSize;

    public string NameOf(int index) => nameOf(index);

    public IEnumerable<ImageBatch> ReadEpoch(int epoch, int startBatch = 0, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("The phase has not begun.");
}
