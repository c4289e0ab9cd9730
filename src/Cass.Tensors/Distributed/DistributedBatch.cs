using static TorchSharp.torch;

namespace Cass.Tensors;

/// <summary>
/// A batch that several processes share: while one is entered on a thread, losses of this library see the embeddings of all processes, and batch
/// norms, where that is asked for, normalise by the statistics of the whole batch. Without one, everything is as for one process, and costs nothing.
/// </summary>
/// <remarks>
/// <para>What is minimised is the sum of the losses of the processes, each weighted by its share of the images (<see cref="Weight"/>): so the sum of
/// the gradients of all processes is the gradient of the whole batch, for losses that are means over images and for those that compare the images of a
/// batch with each other, if these are given what <see cref="Gather"/> returns.</para>
/// <para>All processes call the same operations in the same order, in the backward pass too, which is so where all compute the same graph.</para>
/// </remarks>
public sealed class DistributedBatch : IDisposable
{
    [ThreadStatic]
    private static DistributedBatch? current;

    private readonly DistributedBatch? outer;
    private readonly Place place;

    private DistributedBatch(Place place)
    {
        outer = current;
        this.place = place;
        current = this;
    }

    /// <summary>Whether a batch of several processes is entered on this thread.</summary>
    public static bool IsEntered => current is not null;

    /// <summary>The share of this process in the images of the batch, from 0 to 1; 1 outside of a batch of several processes.</summary>
    public static double Weight => current is { place: var here } ? (double)here.Counts[here.Group.Rank] / here.Counts.Sum() : 1;

    /// <summary>Enters a batch on this thread until the result is disposed; forward and backward pass are computed within.</summary>
    /// <param name="group">The processes.</param>
    /// <param name="counts">Number of images that each of them has of the batch.</param>
    /// <param name="synchronizeBatchNorm">Whether batch norms in training mode use the statistics of the whole batch (PyTorch's <c>SyncBatchNorm</c>).</param>
    /// <returns>The scope; it is disposed on the same thread.</returns>
    /// <exception cref="ArgumentException">There is not one number for each process, or all are 0.</exception>
    public static DistributedBatch Enter(IProcessGroup group, IReadOnlyList<long> counts, bool synchronizeBatchNorm = false)
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(counts);
        return counts.Count == group.Size && counts.Sum() > 0 && counts.All(count => count >= 0)
            ? new(new Place(group, [.. counts], synchronizeBatchNorm))
            : throw new ArgumentException($"The counts are [{string.Join(", ", counts)}] for {group.Size} processes; give the number of images of each, not all of them 0.", nameof(counts));
    }

    /// <summary>
    /// The rows of all processes in the order of the batch, with gradient: that of the own rows, from the losses of all processes. Outside of a batch of several
    /// processes they are the rows themselves.
    /// </summary>
    /// <param name="rows">One row for each image of this process: [images, …].</param>
    /// <returns>[images of all processes, …]: a new tensor, or the same one where there is one process.</returns>
    /// <exception cref="ArgumentException">There is not one row for each image.</exception>
    public static Tensor Gather(Tensor rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (current is not { place: var here })
        {
            return rows;
        }

        if (rows.dim() == 0 || rows.shape[0] != here.Counts[here.Group.Rank])
        {
            throw new ArgumentException($"The tensor is [{string.Join(", ", rows.shape)}], and this process has {here.Counts[here.Group.Rank]} images of the batch; give one row for each.", nameof(rows));
        }

        return rows.requires_grad && is_grad_enabled() ? GatheredRows.apply(here, rows) : here.Group.AllGather(rows, here.Counts);
    }

    /// <summary>The mean over the first dimension of all processes' rows, without gradient: [1, …]. Each image has the same number of rows.</summary>
    /// <param name="rows">The rows of this process: [rows, …].</param>
    /// <returns>A new tensor.</returns>
    public static Tensor Mean(Tensor rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        using var guard = no_grad();
        var mean = rows.mean([0], keepdim: true);
        return SumOfShares(mean);
    }

    /// <summary>The sum of a tensor over all processes, each weighted by its share of the images; without gradient.</summary>
    /// <param name="value">A mean over the images of this process, of any shape.</param>
    /// <returns>The mean over the images of all processes: a new tensor, or the same one where there is one process.</returns>
    public static Tensor MeanOfShares(Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        using var guard = no_grad();
        return IsEntered ? SumOfShares(value.detach().alias()) : value;
    }

    /// <summary>Goes back to what was before.</summary>
    public void Dispose()
    {
        if (ReferenceEquals(current, this))
        {
            current = outer;
        }
    }

    /// <summary>Images of the batch in all processes; null outside of a batch of several processes.</summary>
    internal static long? ImagesOfAll => current?.place.Counts.Sum();

    /// <summary>The batch that is entered on this thread, to be entered again on another; null where there is none.</summary>
    internal static Place? Here => current?.place;

    /// <summary>Enters a batch again, on a thread of a backward pass; nothing where it is null.</summary>
    internal static DistributedBatch? EnterAgain(Place? place) => place is null ? null : new(place);

    private static Tensor SumOfShares(Tensor value)
    {
        if (current is not { place: var here })
        {
            return value;
        }

        using (value)
        {
            var sum = value.Times(Weight);
            here.Group.AllReduce(sum);
            return sum;
        }
    }

    /// <summary>Whose batch it is.</summary>
    /// <param name="Group">The processes.</param>
    /// <param name="Counts">Images of each.</param>
    /// <param name="SynchronizesBatchNorm">Whether batch norms use the statistics of all.</param>
    internal sealed record Place(IProcessGroup Group, long[] Counts, bool SynchronizesBatchNorm);

    /// <summary>PyTorch's <c>torch.distributed.nn.functional.all_gather</c>.</summary>
    private sealed class GatheredRows : ManagedFunction<GatheredRows>
    {
        private const string PlaceKey = "place";

        public override string Name => nameof(GatheredRows);

        protected override IReadOnlyList<bool> AreTensors => [false, true];

        public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
        {
            Release();
            var (place, rows) = ((Place)vars[0], (Tensor)vars[1]);
            ctx.save_data(PlaceKey, place);
            return place.Group.AllGather(rows, place.Counts);
        }

        protected override List<Tensor?> Differentiate(autograd.AutogradContext ctx, Tensor slope)
        {
            var place = (Place)ctx.get_data(PlaceKey);
            using var guard = no_grad();
            var sum = slope.clone().contiguous();
            place.Group.AllReduce(sum);
            var rank = place.Group.Rank;
            return [null, sum.narrow(0, place.Counts[..rank].Sum(), place.Counts[rank]).clone()];
        }
    }
}
