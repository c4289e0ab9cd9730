using static TorchSharp.torch;

namespace Cass;

/// <summary>A batch of images on its way to the networks. It owns its tensors.</summary>
public sealed class ImageBatch : IDisposable
{
    private readonly Tensor[] views;
    private readonly Func<Tensor, bool>? reclaim;
    private bool isDisposed;

    /// <summary>Takes ownership of the tensors.</summary>
    /// <param name="views">
    /// One or more augmented views of the same images, each float32 [batch, channels, height, width], normalised.
    /// </param>
    /// <param name="targets">Float32 [batch, classes] of 0 and 1, or null for unlabelled images.</param>
    /// <param name="indices">Position in the dataset of each image of the batch.</param>
    /// <param name="reclaim">
    /// Is offered each view when the batch is disposed, to use its memory again, and says whether it takes it over;
    /// null disposes the views. Views that were moved are disposed in any case: a copy may still be under way.
    /// </param>
    public ImageBatch(IEnumerable<Tensor> views, Tensor? targets, IReadOnlyList<int> indices, Func<Tensor, bool>? reclaim = null)
    {
        ArgumentNullException.ThrowIfNull(views);
        ArgumentNullException.ThrowIfNull(indices);
        this.views = [.. views];
        if (this.views.Length == 0)
        {
            throw new ArgumentException("A batch needs at least one view.", nameof(views));
        }

        Targets = targets;
        Indices = indices;
        this.reclaim = reclaim;
    }

    /// <summary>The first view: float32 [batch, channels, height, width], normalised.</summary>
    public Tensor Images => views[0];

    /// <summary>All views of the same images; one, unless the method asks for more.</summary>
    public IReadOnlyList<Tensor> Views => views;

    /// <summary>Float32 [batch, classes] of 0 and 1; null for unlabelled images.</summary>
    public Tensor? Targets { get; private set; }

    /// <summary>Position in the dataset of each image of the batch.</summary>
    public IReadOnlyList<int> Indices { get; }

    /// <summary>Number of images.</summary>
    public int Count => Indices.Count;

    /// <summary>Moves the tensors to a device and type; those that are so already stay as they are.</summary>
    /// <param name="device">The device to train on.</param>
    /// <param name="type">The floating-point type of the network; as it is where null.</param>
    public void MoveTo(Device device, ScalarType? type = null)
    {
        for (var i = 0; i < views.Length; i++)
        {
            views[i] = Moved(views[i], device, type);
        }

        Targets = Targets is null ? null : Moved(Targets, device, type);
    }

    /// <summary>Turns the batch into the part of it that one of several processes takes, and disposes it.</summary>
    /// <param name="share">Which part that is.</param>
    /// <returns>The part; null where it is empty.</returns>
    public ImageBatch? Take(BatchShare share)
    {
        var (start, count) = share.Of(Count);
        using var whole = this;
        return count == 0 ? null : new ImageBatch(
            [.. views.Select(Part)],
            Targets is null ? null : Part(Targets),
            [.. Indices.Skip(start).Take(count)]);

        Tensor Part(Tensor tensor)
        {
            using var part = tensor.narrow(0, start, count);
            return part.clone().DetachFromDisposeScope();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (isDisposed)
        {
            return;
        }

        isDisposed = true;
        foreach (var view in views)
        {
            if (reclaim is null || !reclaim(view))
            {
                view.Dispose();
            }
        }

        Targets?.Dispose();
    }

    private static Tensor Moved(Tensor tensor, Device device, ScalarType? type)
    {
        if (tensor.device == device && (type is null || tensor.dtype == type))
        {
            return tensor;
        }

        var moved = tensor.to(type ?? tensor.dtype, device, non_blocking: true).DetachFromDisposeScope();
        tensor.Dispose();
        return moved;
    }
}
