using static TorchSharp.torch;

namespace Cass.Distributed.Benchmarks;

/// <summary>Batches in memory, so that nothing but the step is measured; each process makes its share alone.</summary>
internal sealed class FixedBatches(int batches, int batchSize, int side, int views) : IBatchSource
{
    public int Count => batches * batchSize;

    public int BatchesPerEpoch => batches;

    public string NameOf(int index) => $"image {index}";

    public IEnumerable<ImageBatch> ReadEpoch(int epoch, int startBatch = 0, CancellationToken cancellationToken = default) => ReadShares(epoch, BatchShare.Whole, startBatch, cancellationToken);

    public IEnumerable<ImageBatch> ReadShares(int epoch, BatchShare share, int startBatch = 0, CancellationToken cancellationToken = default)
    {
        var (start, count) = share.Of(batchSize);
        for (var batch = startBatch; batch < batches; batch++)
        {
            yield return new ImageBatch(
                Enumerable.Range(0, views).Select(_ => randn(count, 3, side, side).DetachFromDisposeScope()),
                targets: null,
                [.. Enumerable.Range((batch * batchSize) + start, count)]);
        }
    }
}
