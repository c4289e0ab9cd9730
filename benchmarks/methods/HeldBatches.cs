using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Methods.Benchmarks;

/// <summary>The same views in every batch, held in memory: no time goes into images.</summary>
internal sealed class HeldBatches(IReadOnlyList<Tensor> views, int batches) : IBatchSource
{
    private readonly int batchSize = (int)views[0].shape[0];

    public int Count => batches * batchSize;

    public int BatchesPerEpoch => batches;

    public string NameOf(int index) => $"image {index}";

    public IEnumerable<ImageBatch> ReadEpoch(int epoch, int startBatch = 0, CancellationToken cancellationToken = default)
    {
        for (var batch = startBatch; batch < batches; batch++)
        {
            // The batch disposes what it is given, but not the memory that others hold.
            yield return new ImageBatch(views.Select(view => view.alias().DetachFromDisposeScope()), targets: null, [.. Enumerable.Range(batch * batchSize, batchSize)]);
        }
    }
}
