using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

/// <summary>Batches made by functions of the batch's number, from 0, the same in every epoch.</summary>
internal sealed class TensorBatches(int batches, int batchSize, Func<int, Tensor> images, Func<int, Tensor>? targets = null, int views = 1) : IBatchSource
{
    public int Count => batches * batchSize;

    public int BatchesPerEpoch => batches;

    public string NameOf(int index) => $"image {index}";

    public IEnumerable<ImageBatch> ReadEpoch(int epoch, int startBatch = 0, CancellationToken cancellationToken = default)
    {
        for (var batch = startBatch; batch < batches; batch++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var number = batch;
            yield return new ImageBatch(
                Enumerable.Range(0, views).Select(_ => images(number).DetachFromDisposeScope()),
                targets?.Invoke(number).DetachFromDisposeScope(),
                [.. Enumerable.Range(batch * batchSize, batchSize)]);
        }
    }
}
