using Cass.Data;
using Cass.Losses;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// MoCo v3 (Chen, Xie and He 2021, <em>An Empirical Study of Training Self-Supervised Vision Transformers</em>, arXiv
/// 2104.02057): a network's prediction from one view of an image is to pick, of a batch, what a moving average of the network
/// makes of the other view.
/// </summary>
/// <remarks>
/// <para>The network that is given is the base encoder, which the paper evaluates; momentum encoder, projectors and predictor
/// are the method's own. The loss is the sum of both directions of <see cref="InfoNceLoss"/>, times twice the temperature
/// (algorithm 1). Negatives come from the batch; there is no queue.</para>
/// <para>Left out: the paper's fixed sine-cosine position embedding; the network keeps its own, which learns.</para>
/// </remarks>
/// <example><code>
/// using var backbone = BackboneRegistry.Default.Create("vit_small_patch16_224");
/// using var method = new MocoV3Method(backbone);
/// using var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = 300, BatchSize = 256 });
/// pretrainer.Run(images);
/// </code></example>
public sealed class MocoV3Method : ISelfSupervisedMethod
{
    private const string Key = "backbone";

    private readonly MocoV3MethodOptions options;
    private readonly Backbone backbone;
    private readonly bool isTransformer;
    private readonly Sequential projector;
    private readonly Sequential predictor;
    private readonly MomentumEncoder encoder;
    private readonly MomentumSchedule momentum;
    private readonly InfoNceLoss loss;

    /// <summary>Makes the momentum encoder, the projectors and the predictor, with weights from torch's global generator.</summary>
    /// <param name="backbone">The network to pretrain, of any kind; it stays the caller's.</param>
    /// <param name="options">Settings; the published ones where null. They are copied.</param>
    /// <exception cref="InvalidOptionsException">Settings are outside their ranges; all of them are named.</exception>
    /// <exception cref="InvalidOperationException">The network cannot be copied; see <see cref="Backbone.Copy"/>.</exception>
    public MocoV3Method(Backbone backbone, MocoV3MethodOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        this.backbone = backbone;
        this.options = options = OptionsCopy.Of(options ?? new MocoV3MethodOptions());
        isTransformer = backbone.Kind == BackboneKind.Transformer;
        projector = Projector();
        predictor = Mlp(options.ProjectionWidth, layers: 2);
        encoder = new MomentumEncoder(backbone, projector, Projector());
        momentum = new MomentumSchedule(options.EncoderMomentum);
        loss = new InfoNceLoss(options.Temperature ?? (isTransformer ? 0.2 : 1));
        Parts = [new TrainablePart(Key, [backbone, projector, predictor]) { Teachers = encoder.Modules }];
        Backbones = new Dictionary<string, Backbone>(StringComparer.Ordinal) { [Key] = backbone };
    }

    /// <inheritdoc/>
    public string Name => "MoCo v3";

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
        return CropPairs.Byol(new RandomResizedCrop(height, width, (options.MinCropScale ?? (isTransformer ? 0.08 : 0.2), 1)), normalization);
    }

    /// <inheritdoc/>
    public SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views)
    {
        CropPairs.Require(views);
        using var scope = NewDisposeScope();
        var projection1 = Project(views[0]);
        var projection2 = Project(views[1]);
        var sum = Contrast(projection1, views[1]).Plus(Contrast(projection2, views[0]));
        return new SelfSupervisedOutput(
            sum.Times(2 * loss.Temperature).MoveToOuterDisposeScope(),
            new Dictionary<string, Tensor>(StringComparer.Ordinal) { [Key] = projection1.detach().MoveToOuterDisposeScope() });
    }

    /// <inheritdoc/>
    public void AfterBackward(TrainingStep step)
    {
        if (!options.FreezePatchProjection || !isTransformer)
        {
            return;
        }

        var prefix = backbone.Configuration.FirstConvolution + ".";
        foreach (var (_, parameter) in backbone.named_parameters().Where(p => p.name.StartsWith(prefix, StringComparison.Ordinal)))
        {
            parameter.grad = null;
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// The authors' code moves the momentum encoder at the beginning of a step, by the momentum of that step; this does the
    /// same at the end of the one before.
    /// </remarks>
    public void AfterStep(TrainingStep step) => encoder.Follow(momentum.At(step.Step + 1, step.TotalSteps));

    /// <inheritdoc/>
    public void Dispose()
    {
        projector.Dispose();
        predictor.Dispose();
        encoder.Dispose();
        loss.Dispose();
    }

    /// <summary>Of the images of all processes, each prediction is to recognise the key of its own.</summary>
    private Tensor Contrast(Tensor projection, Tensor otherView) => loss.forward(
        DistributedBatch.Gather(ProjectionHead.Run(predictor, projection)),
        DistributedBatch.Gather(encoder.Project(otherView)));

    private Tensor Project(Tensor images) => ProjectionHead.Run(projector, backbone.ForwardPooled(images));

    private Sequential Projector() => Mlp(backbone.NumFeatures, options.ProjectorLayers ?? (isTransformer ? 3 : 2));

    private Sequential Mlp(long inputs, int layers) => ProjectionHead.Mlp(
        backbone,
        [inputs, .. Enumerable.Repeat((long)options.HiddenWidth, layers - 1), options.ProjectionWidth],
        outputBias: false,
        outputNorm: OutputNorm.Plain);
}
