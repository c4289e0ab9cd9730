using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Training;

/// <summary>
/// A network, a head that is dropped after pretraining, and a loss of what both make of two views of the images, which go through them one
/// after the other: all that there is of VICReg and of Barlow Twins. It owns head and loss.
/// </summary>
/// <param name="backbone">The network.</param>
/// <param name="head">The head.</param>
/// <param name="loss">The loss.</param>
/// <param name="smallestScale">
/// Standard deviation, of the dimensions of the embeddings, below which they count as one point; 0 where the loss does not depend on their scale.
/// </param>
internal sealed class ViewComparison(Backbone backbone, Sequential head, Module<Tensor, Tensor, Tensor> loss, double smallestScale = 0) : IDisposable
{
    /// <summary>The name of the network in logs and checkpoints, and of the part that is trained.</summary>
    public const string Key = "backbone";

    /// <summary>What is trained.</summary>
    public IReadOnlyList<Module> Modules { get; } = [backbone, head];

    /// <summary>The network, by its name.</summary>
    public IReadOnlyDictionary<string, Backbone> Backbones { get; } = new Dictionary<string, Backbone>(StringComparer.Ordinal) { [Key] = backbone };

    /// <summary>The loss of a batch, and the embeddings of its first view.</summary>
    /// <param name="views">Two views: float [batch, channels, height, width].</param>
    public SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views)
    {
        CropPairs.Require(views);
        using var scope = NewDisposeScope();
        var embedding1 = Embed(views[0]);
        var embedding2 = Embed(views[1]);
        return new SelfSupervisedOutput(
            loss.forward(DistributedBatch.Gather(embedding1), DistributedBatch.Gather(embedding2)).MoveToOuterDisposeScope(),
            new Dictionary<string, Tensor>(StringComparer.Ordinal) { [Key] = Judged(embedding1.detach()).MoveToOuterDisposeScope() });
    }

    public void Dispose()
    {
        head.Dispose();
        loss.Dispose();
    }

    /// <summary>
    /// What collapse is judged by. Directions do not show embeddings that shrink to the origin; with one coordinate more, which is the same for all,
    /// those shorter than it point the same way.
    /// </summary>
    private Tensor Judged(Tensor embeddings)
    {
        if (smallestScale == 0)
        {
            return embeddings;
        }

        using var guard = no_grad();
        var (count, dimensions) = (embeddings.shape[0], embeddings.shape[1]);
        return cat([embeddings, full([count, 1], KeptScalar.Of(smallestScale * Math.Sqrt(dimensions)), embeddings.dtype, embeddings.device)], 1);
    }

    private Tensor Embed(Tensor images) => ProjectionHead.Run(head, backbone.ForwardPooled(images));
}
