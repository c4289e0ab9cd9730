using Cass.Data;
using Cass.Losses;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// SimSiam (Chen and He 2021, <em>Exploring Simple Siamese Representation Learning</em>, arXiv 2011.10566): a network
/// predicts its own projection of another view of the image, which gets no gradient.
/// </summary>
/// <remarks>
/// <para>The loss is the mean of both directions, −1 to 1 (eq. 4). There are neither negatives nor a momentum network.</para>
/// <para>Collapse is judged by the projections, whose directions the paper follows (figure 2). Their batch norm keeps them from becoming equal
/// within a batch, so that the spread stays near 1; without the stopped gradient they come to lie along one line, which the verdict calls
/// collapsing above 90 % of the variance and collapsed above 99 %. The pooled features show less: those of small transformers lie along a line in
/// healthy runs too, and those of a ResNet stay spread for long.</para>
/// </remarks>
/// <example><code>
/// using var backbone = BackboneRegistry.Default.Create("resnet50");
/// using var method = new SimSiamMethod(backbone);
/// using var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = 100, BatchSize = 128 });
/// pretrainer.Run(images);
/// </code></example>
public sealed class SimSiamMethod : ISelfSupervisedMethod
{
    private const string Key = "backbone";
    private const string PredictorPart = "predictor";

    /// <summary>The augmentations of MoCo v2 are SimCLR's at half their strength.</summary>
    private const double JitterStrength = 0.5;

    private readonly SimSiamMethodOptions options;
    private readonly Backbone backbone;
    private readonly Sequential projector;
    private readonly Sequential predictor;
    private readonly NegativeCosineSimilarityLoss loss = new();
    private readonly NormalizedL2SimilarityLoss symmetricLoss = new();

    /// <summary>Makes the projector and the predictor, with weights from torch's global generator.</summary>
    /// <param name="backbone">The network to pretrain, of any kind; it stays the caller's.</param>
    /// <param name="options">Settings; the published ones where null. They are copied.</param>
    /// <exception cref="InvalidOptionsException">Settings are outside their ranges; all of them are named.</exception>
    public SimSiamMethod(Backbone backbone, SimSiamMethodOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        this.backbone = backbone;
        this.options = options = OptionsCopy.Of(options ?? new SimSiamMethodOptions());
        projector = ProjectionHead.Mlp(
            backbone,
            [backbone.NumFeatures, options.ProjectionWidth, options.ProjectionWidth, options.ProjectionWidth],
            outputBias: false,
            outputNorm: OutputNorm.Plain);
        predictor = ProjectionHead.Mlp(backbone, [options.ProjectionWidth, options.PredictorWidth, options.ProjectionWidth]);
        Parts =
        [
            new TrainablePart(Key, [backbone, projector]),
            new TrainablePart(PredictorPart, [predictor]) { LearningRate = options.ConstantPredictorRate ? step => step.PeakLearningRate : null },
        ];
        Backbones = new Dictionary<string, Backbone>(StringComparer.Ordinal) { [Key] = backbone };
    }

    /// <inheritdoc/>
    public string Name => "SimSiam";

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
        return CropPairs.SimClr(new RandomResizedCrop(height, width, (options.MinCropScale, 1)), JitterStrength, normalization);
    }

    /// <inheritdoc/>
    public SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views)
    {
        CropPairs.Require(views);
        using var scope = NewDisposeScope();
        var projection1 = Project(views[0]);
        var projection2 = Project(views[1]);
        var prediction1 = ProjectionHead.Run(predictor, projection1);
        var prediction2 = ProjectionHead.Run(predictor, projection2);
        var value = options.StopGradient
            ? loss.Symmetrized(prediction1, prediction2, projection1, projection2)
            : WithGradient(prediction1, projection2).Plus(WithGradient(prediction2, projection1)).Over(2);
        return new SelfSupervisedOutput(
            value.MoveToOuterDisposeScope(),
            new Dictionary<string, Tensor>(StringComparer.Ordinal) { [Key] = projection1.detach().MoveToOuterDisposeScope() });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        projector.Dispose();
        predictor.Dispose();
        loss.Dispose();
        symmetricLoss.Dispose();
    }

    private Tensor Project(Tensor images) => ProjectionHead.Run(projector, backbone.ForwardPooled(images));

    /// <summary>The negative cosine, with a gradient to both: (2 − 2·cos)/2 − 1.</summary>
    private Tensor WithGradient(Tensor prediction, Tensor projection) => symmetricLoss.forward(prediction, projection).Over(2).Plus(-1.0);
}
