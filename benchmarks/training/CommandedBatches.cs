using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training.Benchmarks;

/// <summary>Gives the same random batch as often as standard input asks for, so that a trainer can be measured while it runs.</summary>
internal sealed class CommandedBatches(Workload workload) : IBatchSource
{
    private readonly int[] indices = [.. Enumerable.Range(0, workload.Batch)];

    public int Count => BatchesPerEpoch * workload.Batch;

    public int BatchesPerEpoch => 1_000_000;

    /// <summary>When the present batch was handed out, as <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>.</summary>
    public long HandedOut { get; private set; }

    public string NameOf(int index) => $"image {index}";

    /// <exception cref="OperationCanceledException">Standard input has ended.</exception>
    public IEnumerable<ImageBatch> ReadEpoch(int epoch, int startBatch = 0, CancellationToken cancellationToken = default)
    {
        using var images = randn([workload.Batch, 3, workload.Size, workload.Size], dtype: ScalarType.Float32).DetachFromDisposeScope();
        foreach (var (_, count) in Commands.Read())
        {
            for (var i = 0; i < count; i++)
            {
                HandedOut = System.Diagnostics.Stopwatch.GetTimestamp();
                yield return new ImageBatch([images.alias().DetachFromDisposeScope()], targets: null, indices);
            }

            Commands.Done();
        }

        throw new OperationCanceledException("There are no more commands.");
    }
}
