using Cass.Data;
using Cass.Losses;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// Barlow Twins (Zbontar, Jing, Misra, LeCun and Deny 2021, <em>Barlow Twins: Self-Supervised Learning via Redundancy
/// Reduction</em>, arXiv 2103.03230): over a batch, each dimension of one view's embeddings is to correlate fully with the same dimension
/// of the other's, and with no other.
/// </summary>
/// <remarks>
/// One network embeds both views, through a projector of three layers that is dropped afterwards. There are neither negatives
/// nor a momentum network nor a predictor. The loss is <see cref="BarlowTwinsLoss"/> (eq. 1 and 2); the code that the published
/// model was trained with multiplies it by 0.024, which changes nothing under LARS but for biases and norms.
/// </remarks>
/// <example><code>
/// using var backbone = BackboneRegistry.Default.Create("resnet50");
/// using var method = new BarlowTwinsMethod(backbone);
/// using var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = 100, BatchSize = 128 });
/// pretrainer.Run(images);
/// </code></example>
public sealed class BarlowTwinsMethod : ISelfSupervisedMethod
{
    private const string Key = "backbone";

    private readonly BarlowTwinsMethodOptions options;
    private readonly Backbone backbone;
    private readonly Sequential projector;
    private readonly BarlowTwinsLoss loss;

    /// <summary>Makes the projector, with weights from torch's global generator.</summary>
    /// <param name="backbone">The network to pretrain, of any kind; it stays the caller's.</param>
    /// <param name="options">Settings; the defaults where null. They are copied.</param>
    /// <exception cref="InvalidOptionsException">Settings are outside their ranges; all of them are named.</exception>
    public BarlowTwinsMethod(Backbone backbone, BarlowTwinsMethodOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        this.backbone = backbone;
        this.options = options = OptionsCopy.Of(options ?? new BarlowTwinsMethodOptions());
        loss = new BarlowTwinsLoss(options.OffDiagonalWeight);
        projector = ProjectionHead.Mlp(
            backbone,
            [backbone.NumFeatures, options.HiddenWidth, options.HiddenWidth, options.EmbeddingWidth],
            outputBias: false);
        Parts = [new TrainablePart(Key, [backbone, projector])];
        Backbones = new Dictionary<string, Backbone>(StringComparer.Ordinal) { [Key] = backbone };
    }

    /// <inheritdoc/>
    public string Name => "Barlow Twins";

    /// <inheritdoc/>
    public IReadOnlyList<TrainablePart> Parts { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Backbone> Backbones { get; }

    /// <inheritdoc/>
    public object Options => options;

    /// <inheritdoc/>
    public IReadOnlyList<ImagePipeline> CreateViews(int height, int width, ChannelStatistics normalization) =>
        CropPairs.Byol(new RandomResizedCrop(height, width, (options.MinCropScale, 1), interpolation: Interpolation.Bicubic), normalization);

    /// <inheritdoc/>
    public SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views)
    {
        CropPairs.Require(views);
        using var scope = NewDisposeScope();
        var embedding1 = Embed(views[0]);
        var embedding2 = Embed(views[1]);
        return new SelfSupervisedOutput(
            loss.forward(embedding1, embedding2).MoveToOuterDisposeScope(),
            new Dictionary<string, Tensor>(StringComparer.Ordinal) { [Key] = embedding1.detach().MoveToOuterDisposeScope() });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        projector.Dispose();
        loss.Dispose();
    }

    private Tensor Embed(Tensor images) => ProjectionHead.Run(projector, backbone.ForwardPooled(images));
}
