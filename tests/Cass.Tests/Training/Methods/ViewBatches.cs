using Cass.Data;
using static TorchSharp.torch;

namespace Cass.Tests.Training.Methods;

/// <summary>Tiny images through a method's own pipelines: each batch is the same in every epoch.</summary>
internal sealed class ViewBatches(IReadOnlyList<ImagePipeline> pipelines, int batches, int batchSize) : IBatchSource
{
    public int Count => batches * batchSize;

    public int BatchesPerEpoch => batches;

    public static ChannelStatistics Normalization { get; } = new([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]);

    public string NameOf(int index) => $"image {index}";

    /// <summary>The views of a batch, in the caller's dispose scope.</summary>
    public Tensor[] Views(int batch) => [.. pipelines.Select((pipeline, view) => View(pipeline, batch, view))];

    public IEnumerable<ImageBatch> ReadEpoch(int epoch, int startBatch = 0, CancellationToken cancellationToken = default)
    {
        for (var batch = startBatch; batch < batches; batch++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new ImageBatch(Views(batch).Select(view => view.DetachFromDisposeScope()), null, [.. Enumerable.Range(batch * batchSize, batchSize)]);
        }
    }

    private Tensor View(ImagePipeline pipeline, int batch, int view)
    {
        var values = new float[batchSize * pipeline.OutputLength];
        for (var i = 0; i < batchSize; i++)
        {
            var index = (batch * batchSize) + i;
            pipeline.Apply(new TinyImage(index % 4, index).Decode(), new Random((index * 100) + view), values.AsSpan(i * pipeline.OutputLength, pipeline.OutputLength));
        }

        return tensor(values, [batchSize, pipeline.OutputChannels, pipeline.OutputHeight, pipeline.OutputWidth]);
    }
}
