using Cass.Data;
using Cass.Losses;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// BYOL (Grill et al. 2020, <em>Bootstrap Your Own Latent</em>, arXiv 2006.07733): a network predicts, from one view of an
/// image, what a moving average of itself makes of another.
/// </summary>
/// <remarks>
/// The network that is given is the online network, which the paper evaluates; target network, projectors and predictor are
/// the method's own. The loss is the sum of both directions, 0 to 8 (eq. 2 and algorithm 1).
/// </remarks>
/// <example><code>
/// using var backbone = BackboneRegistry.Default.Create("resnet50");
/// using var method = new ByolMethod(backbone);
/// using var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = 100, BatchSize = 128 });
/// pretrainer.Run(images);
/// </code></example>
public sealed class ByolMethod : ISelfSupervisedMethod
{
    private const string Key = "backbone";

    private readonly ByolMethodOptions options;
    private readonly Backbone backbone;
    private readonly Sequential projector;
    private readonly Sequential predictor;
    private readonly MomentumEncoder target;
    private readonly MomentumSchedule momentum;
    private readonly ByolLoss loss = new();

    /// <summary>Makes the target network, the projectors and the predictor, with weights from torch's global generator.</summary>
    /// <param name="backbone">The network to pretrain, of any kind; it stays the caller's.</param>
    /// <param name="options">Settings; the published ones where null. They are copied.</param>
    /// <exception cref="InvalidOptionsException">Settings are outside their ranges; all of them are named.</exception>
    /// <exception cref="InvalidOperationException">The network cannot be copied; see <see cref="Backbone.Copy"/>.</exception>
    public ByolMethod(Backbone backbone, ByolMethodOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        this.backbone = backbone;
        this.options = options = OptionsCopy.Of(options ?? new ByolMethodOptions());
        projector = Mlp(backbone.NumFeatures);
        predictor = Mlp(options.ProjectionWidth);
        target = new MomentumEncoder(backbone, projector, Mlp(backbone.NumFeatures));
        momentum = new MomentumSchedule(options.TargetMomentum);
        Parts = [new TrainablePart(Key, [backbone, projector, predictor]) { Teachers = target.Modules }];
        Backbones = new Dictionary<string, Backbone>(StringComparer.Ordinal) { [Key] = backbone };
    }

    /// <inheritdoc/>
    public string Name => "BYOL";

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
        return CropPairs.Byol(new RandomResizedCrop(height, width, (options.MinCropScale, 1), interpolation: Interpolation.Bicubic), normalization);
    }

    /// <inheritdoc/>
    public SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views)
    {
        CropPairs.Require(views);
        using var scope = NewDisposeScope();
        var projection1 = Project(views[0]);
        var projection2 = Project(views[1]);
        var value = loss.Symmetrized(
            ProjectionHead.Run(predictor, projection1),
            ProjectionHead.Run(predictor, projection2),
            target.Project(views[0]),
            target.Project(views[1]));
        return new SelfSupervisedOutput(
            value.MoveToOuterDisposeScope(),
            new Dictionary<string, Tensor>(StringComparer.Ordinal) { [Key] = projection1.detach().MoveToOuterDisposeScope() });
    }

    /// <inheritdoc/>
    public void AfterStep(TrainingStep step) => target.Follow(momentum.At(step.Step, step.TotalSteps));

    /// <inheritdoc/>
    public void Dispose()
    {
        projector.Dispose();
        predictor.Dispose();
        target.Dispose();
        loss.Dispose();
    }

    private Tensor Project(Tensor images) => ProjectionHead.Run(projector, backbone.ForwardPooled(images));

    private Sequential Mlp(long inputs) => ProjectionHead.Mlp(backbone, [inputs, options.HiddenWidth, options.ProjectionWidth], hiddenBias: true, outputBias: false);
}
