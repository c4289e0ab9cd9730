using Cass.Data;
using Cass.Losses;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Training;

/// <summary>
/// SimCLR (Chen, Kornblith, Norouzi and Hinton 2020, <em>A Simple Framework for Contrastive Learning of Visual
/// Representations</em>, arXiv 2002.05709): of all images of a batch, a view is to recognise the other view of its own.
/// </summary>
/// <remarks>
/// Both views go through the network as one batch, so that batch norms see them together, as in the authors' code, whose
/// projector has batch norms after both layers, the last without an offset. The loss is <see cref="NtXentLoss"/>.
/// </remarks>
/// <example><code>
/// using var backbone = BackboneRegistry.Default.Create("resnet50");
/// using var method = new SimClrMethod(backbone);
/// using var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = 100, BatchSize = 256 });
/// pretrainer.Run(images);
/// </code></example>
public sealed class SimClrMethod : ISelfSupervisedMethod
{
    private const string Key = "backbone";

    private readonly SimClrMethodOptions options;
    private readonly Backbone backbone;
    private readonly Sequential projector;
    private readonly Module<Tensor, Tensor, Tensor> loss;

    /// <summary>Makes the projector, with weights from torch's global generator.</summary>
    /// <param name="backbone">The network to pretrain, of any kind; it stays the caller's.</param>
    /// <param name="options">Settings; the defaults where null. They are copied.</param>
    /// <exception cref="InvalidOptionsException">Settings are outside their ranges; all of them are named.</exception>
    public SimClrMethod(Backbone backbone, SimClrMethodOptions? options = null)
        : this(backbone, options, loss: null)
    {
    }

    /// <summary>With another loss of the two views' projections, which this then owns.</summary>
    internal SimClrMethod(Backbone backbone, SimClrMethodOptions? options, Module<Tensor, Tensor, Tensor>? loss)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        this.backbone = backbone;
        this.options = options = OptionsCopy.Of(options ?? new SimClrMethodOptions());
        this.loss = loss ?? new NtXentLoss(options.Temperature);
        projector = ProjectionHead.Mlp(
            backbone,
            [backbone.NumFeatures, options.HiddenWidth, options.ProjectionWidth],
            outputBias: false,
            outputNorm: OutputNorm.Scaled);
        Parts = [new TrainablePart(Key, [backbone, projector])];
        Backbones = new Dictionary<string, Backbone>(StringComparer.Ordinal) { [Key] = backbone };
    }

    /// <inheritdoc/>
    public string Name => "SimCLR";

    /// <inheritdoc/>
    public IReadOnlyList<TrainablePart> Parts { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Backbone> Backbones { get; }

    /// <inheritdoc/>
    public object Options => OptionsCopy.Of(options);

    /// <inheritdoc/>
    public IReadOnlyList<ImagePipeline> CreateViews(int height, int width, ChannelStatistics normalization)
    {
        ImageSizes.RequireViews(height, width, backbone);
        return CropPairs.SimClr(new RandomResizedCrop(height, width, (options.MinCropScale, 1), interpolation: Interpolation.Bicubic), options.JitterStrength, normalization);
    }

    /// <inheritdoc/>
    public SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views)
    {
        CropPairs.Require(views);
        using var scope = NewDisposeScope();
        var both = cat([views[0], views[1]]);
        var projections = ProjectionHead.Run(projector, backbone.ForwardPooled(both)).chunk(2);
        return new SelfSupervisedOutput(
            loss.forward(DistributedBatch.Gather(projections[0]), DistributedBatch.Gather(projections[1])).MoveToOuterDisposeScope(),
            new Dictionary<string, Tensor>(StringComparer.Ordinal) { [Key] = projections[0].detach().MoveToOuterDisposeScope() });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        projector.Dispose();
        loss.Dispose();
    }
}
