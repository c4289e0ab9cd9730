using Cass.Data;
using Cass.Losses;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// VICReg (Bardes, Ponce and LeCun 2022, <em>VICReg: Variance-Invariance-Covariance Regularization for Self-Supervised
/// Learning</em>, arXiv 2105.04906): two views of an image are to be embedded alike, every dimension is to vary over the
/// batch, and no two dimensions are to tell the same.
/// </summary>
/// <remarks>
/// One network embeds both views, through an expander of three layers that is dropped afterwards. There are neither negatives
/// nor a momentum network nor a predictor. The loss is <see cref="VicRegLoss"/> (eq. 1 to 6). It asks every dimension for a standard
/// deviation of 1; without that, embeddings shrink to a point. Collapse is therefore judged by the embeddings with one coordinate more, the
/// same for all: the further the deviations fall below a fifth, the more alike embeddings count, in whatever directions they point.
/// </remarks>
/// <example><code>
/// using var backbone = BackboneRegistry.Default.Create("resnet50");
/// using var method = new VicRegMethod(backbone);
/// using var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = 100, BatchSize = 128 });
/// pretrainer.Run(images);
/// </code></example>
public sealed class VicRegMethod : ISelfSupervisedMethod
{
    /// <summary>A fifth of the standard deviation that the loss asks for: less than heads begin with, and more than collapse leaves.</summary>
    private const double SmallestScale = 0.2;

    private readonly VicRegMethodOptions options;
    private readonly ViewComparison comparison;

    /// <summary>Makes the expander, with weights from torch's global generator.</summary>
    /// <param name="backbone">The network to pretrain, of any kind; it stays the caller's.</param>
    /// <param name="options">Settings; the defaults where null. They are copied.</param>
    /// <exception cref="InvalidOptionsException">Settings are outside their ranges; all of them are named.</exception>
    public VicRegMethod(Backbone backbone, VicRegMethodOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        this.options = options = OptionsCopy.Of(options ?? new VicRegMethodOptions());
        var expander = ProjectionHead.Mlp(
            backbone,
            [backbone.NumFeatures, options.HiddenWidth, options.HiddenWidth, options.EmbeddingWidth],
            hiddenBias: true,
            outputBias: false);
        comparison = new ViewComparison(backbone, expander, new VicRegLoss(options.InvarianceWeight, options.VarianceWeight, options.CovarianceWeight), SmallestScale);
        Parts = [new TrainablePart(ViewComparison.Key, comparison.Modules)];
    }

    /// <inheritdoc/>
    public string Name => "VICReg";

    /// <inheritdoc/>
    public IReadOnlyList<TrainablePart> Parts { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Backbone> Backbones => comparison.Backbones;

    /// <inheritdoc/>
    public object Options => OptionsCopy.Of(options);

    /// <inheritdoc/>
    public IReadOnlyList<ImagePipeline> CreateViews(int height, int width, ChannelStatistics normalization)
    {
        ImageSizes.RequireViews(height, width, comparison.Backbones.Values);
        return CropPairs.Byol(new RandomResizedCrop(height, width, (options.MinCropScale, 1), interpolation: Interpolation.Bicubic), normalization);
    }

    /// <inheritdoc/>
    public SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views) => comparison.Forward(views);

    /// <inheritdoc/>
    public void Dispose() => comparison.Dispose();
}
