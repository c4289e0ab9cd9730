using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Scores of images that the processes have shared out among them, whole batches in turn, so that each batch is that of one process.</summary>
internal static class DistributedScores
{
    /// <summary>Puts together what each process has made of its batches.</summary>
    /// <param name="own">The scores of this process; null where it had no batch. They are disposed.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="type">Type of the logits.</param>
    /// <param name="group">The processes.</param>
    /// <returns>The scores of all images in the order of the batches, the same in all processes.</returns>
    public static Scores Merge(Scores? own, long classes, ScalarType type, IProcessGroup group)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        using var disposed = own;
        var sizes = Gather(Column(own?.BatchSizes));
        var indices = Gather(Column(own?.Indices));
        var logits = Gather(own?.Logits ?? empty([0, classes], type));
        var targets = Gather(own?.Targets.to(ScalarType.Float64) ?? empty([0, classes], ScalarType.Float64));

        // Where the rows of each process begin, and which batch of its own comes next.
        var (rows, batches) = (Starts(indices), Starts(sizes));
        var order = new List<long>();
        var batchSizes = new List<int>();
        var sizesOfAll = sizes.All.data<long>().ToArray();
        var ends = batches.Skip(1).Append(sizesOfAll.Length).ToArray();
        for (var turn = 0; batchSizes.Count < sizesOfAll.Length; turn++)
        {
            var rank = turn % group.Size;
            if (batches[rank] == ends[rank])
            {
                // Of a batch whose images are all left out, nothing comes.
                continue;
            }

            var size = sizesOfAll[batches[rank]++];
            batchSizes.Add((int)size);
            for (var i = 0L; i < size; i++)
            {
                order.Add(rows[rank]++);
            }
        }

        var index = tensor(order.ToArray());
        return new Scores(
            logits.All.index_select(0, index).DetachFromDisposeScope(),
            targets.All.index_select(0, index).to(own?.Targets.dtype ?? ScalarType.Float32).DetachFromDisposeScope(),
            batchSizes,
            [.. indices.All.index_select(0, index).data<long>().ToArray().Select(i => (int)i)]);

        (Tensor All, long[] Counts) Gather(Tensor part)
        {
            var counts = group.AllGather(tensor(new[] { part.shape[0] }), [.. Enumerable.Repeat(1L, group.Size)]).data<long>().ToArray();
            return (group.AllGather(part, counts), counts);
        }
    }

    private static Tensor Column(IReadOnlyList<int>? numbers) => numbers is null or [] ? empty(0, ScalarType.Int64) : tensor(numbers.Select(number => (long)number).ToArray());

    private static long[] Starts((Tensor All, long[] Counts) gathered) => [.. gathered.Counts.Select((_, i) => gathered.Counts[..i].Sum())];
}
