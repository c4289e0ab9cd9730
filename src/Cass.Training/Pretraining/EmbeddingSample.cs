using Cass.Metrics;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// The embeddings of an epoch's last batches, by which collapse is judged: a single batch may be two images. They are part of
/// checkpoints, so that a run that goes on judges by the same.
/// </summary>
internal sealed class EmbeddingSample : IDisposable
{
    /// <summary>Enough for a verdict, and few enough that batches of 16 come from networks that have hardly moved in between.</summary>
    private const int Images = 128;
    private const string Prefix = "embeddings.";

    private readonly Dictionary<string, Rows> gathered = new(StringComparer.Ordinal);

    /// <summary>Takes in a batch's embeddings, where they may be among the last.</summary>
    /// <param name="embeddings">Float [batch, dimensions] by network.</param>
    /// <param name="batchesLeft">Batches of the epoch that are still to come.</param>
    public void Add(IReadOnlyDictionary<string, Tensor> embeddings, int batchesLeft)
    {
        foreach (var (name, ofBatch) in embeddings)
        {
            if (batchesLeft * Math.Max(1, DistributedBatch.ImagesOfAll ?? ofBatch.shape[0]) < Images)
            {
                using var guard = no_grad();
                using var scope = NewDisposeScope();
                gathered.TryAdd(name, new Rows());
                gathered[name].Add(DistributedBatch.Gather(ofBatch));
            }
        }
    }

    /// <summary>Judges what was gathered, and forgets it.</summary>
    /// <returns>The report; null where there are not two embeddings of each network.</returns>
    public CollapseReport? Judge()
    {
        using var monitor = new CollapseMonitor(Images);
        using var scope = NewDisposeScope();
        foreach (var (name, rows) in gathered)
        {
            monitor.Update(name, rows.Present());
        }

        Dispose();
        return monitor.CanMeasure ? monitor.Measure() : null;
    }

    /// <summary>What was gathered so far, for a checkpoint, as tensors of the caller's dispose scope.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State() =>
        gathered.Select(entry => new KeyValuePair<string, Tensor>(Prefix + entry.Key, entry.Value.Present()));

    public void Restore(Checkpoint checkpoint)
    {
        Dispose();
        foreach (var (name, saved) in checkpoint.WithPrefix(Prefix))
        {
            gathered[name] = new Rows();
            gathered[name].Add(saved);
        }
    }

    public void Dispose()
    {
        foreach (var rows in gathered.Values)
        {
            rows.Dispose();
        }

        gathered.Clear();
    }

    /// <summary>Rows of one tensor that grows as it has to.</summary>
    private sealed class Rows : IDisposable
    {
        private Tensor? buffer;
        private long count;

        public void Add(Tensor rows)
        {
            using var guard = no_grad();
            using var scope = NewDisposeScope();
            var added = rows.shape[0];
            if (buffer is null || buffer.shape[0] < count + added)
            {
                var larger = empty([Math.Max(Images, 2 * (count + added)), rows.shape[1]], rows.dtype, rows.device);
                if (buffer is not null)
                {
                    larger.narrow(0, 0, count).copy_(Present());
                    buffer.Dispose();
                }

                buffer = larger.DetachFromDisposeScope();
            }

            buffer.narrow(0, count, added).copy_(rows);
            count += added;
        }

        public Tensor Present() => buffer!.narrow(0, 0, count);

        public void Dispose() => buffer?.Dispose();
    }
}
