using System.Runtime.InteropServices;

namespace Cass.Training;

/// <summary>How many images a phase can be trained on with batches of one size, and how many of them an epoch leaves out.</summary>
/// <param name="BatchSize">Images of a batch.</param>
/// <param name="DropLast">Whether the last incomplete batch is left out; null where that goes by its size and the networks.</param>
/// <param name="NeedsStatistics">Whether a network learns from the statistics of a batch, of which a single image has none.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct BatchRule(int BatchSize, bool? DropLast, bool NeedsStatistics)
{
    private const int SmallestBatch = 2;

    /// <summary>Number of processes that share each batch.</summary>
    public int Processes { get; init; } = 1;

    /// <summary>Whether a network learns from the statistics of the batch of all processes, rather than from those of its own images.</summary>
    public bool Synchronizes { get; init; }

    /// <summary>Images that each process needs of an incomplete batch.</summary>
    public int NeededByEach => NeedsStatistics && !(Synchronizes && Processes > 1) ? SmallestBatch : 1;

    public bool CannotBeShared => BatchSize < Processes;

    public bool IsTooFew(int images) => images < BatchSize;

    /// <summary>
    /// Whether an epoch leaves out its last batch. Left open, one of half a batch or more stays: the statistics of half as many images are
    /// hardly noisier, by a factor of √2, and none of its images counts for more than two others.
    /// </summary>
    public bool DropsLast(int images)
    {
        var last = images % BatchSize;
        return last > 0 && (DropLast ?? (NeedsStatistics && (last < SmallestBatch || 2 * last < BatchSize)));
    }

    /// <summary>Images that an epoch leaves out.</summary>
    public int LeftOut(int images) => DropsLast(images) ? images % BatchSize : 0;

    /// <summary>Whether the last batch of an epoch has fewer images than it takes.</summary>
    public bool LeavesTooFew(int images) => images % BatchSize is > 0 and var last && last < Processes * NeededByEach && !DropsLast(images);

    public bool Allows(int images) => !IsTooFew(images) && !CannotBeShared && !LeavesTooFew(images);

    /// <summary>The same rule where processes share each batch.</summary>
    public BatchRule SharedBy(DistributedRun? processes) => processes is null ? this : this with { Processes = processes.Group.Size, Synchronizes = processes.SynchronizesBatchNorm };

    /// <summary>The batch size nearest to the present one that all phases can be trained with; null where there is none.</summary>
    public static int? Nearest(params IReadOnlyList<(BatchRule Rule, int Images)> phases)
    {
        var (present, fewest) = (phases[0].Rule.BatchSize, phases.Min(phase => phase.Images));
        for (var distance = Math.Max(1, present - fewest); distance < Math.Max(present, fewest); distance++)
        {
            foreach (var size in (int[])[present - distance, present + distance])
            {
                if (size >= SmallestBatch && phases.All(phase => (phase.Rule with { BatchSize = size }).Allows(phase.Images)))
                {
                    return size;
                }
            }
        }

        return null;
    }
}
