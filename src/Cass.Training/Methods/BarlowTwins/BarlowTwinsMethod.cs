using Cass.Data;
using Cass.Losses;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// Barlow Twins (Zbontar, Jing, Misra, LeCun and Deny 2021, <em>Barlow Twins: Self-Supervised Learning via Redundancy
/// Reduction</em>, arXiv 2103.03230): over a batch, each dimension of one view's embeddings is to correlate fully with the same dimension
/// of the other's, and with no other.
/// </summary>
/// <remarks>
/// One network embeds both views, through a projector of three layers that is dropped afterwards. There are neither negatives
/// nor a momentum network nor a predictor. The loss is <see cref="BarlowTwinsLoss"/> (eq. 1 and 2), and biases and norms learn at
/// a rate of their own (<see cref="BarlowTwinsMethodOptions.VectorRateScale"/>).
/// </remarks>
/// <example><code>
/// using var backbone = BackboneRegistry.Default.Create("resnet50");
/// using var method = new BarlowTwinsMethod(backbone);
/// using var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = 100, BatchSize = 128 });
/// pretrainer.Run(images);
/// </code></example>
public sealed class BarlowTwinsMethod : ISelfSupervisedMethod
{
    private readonly BarlowTwinsMethodOptions options;
    private readonly ViewComparison comparison;

    /// <summary>Makes the projector, with weights from torch's global generator.</summary>
    /// <param name="backbone">The network to pretrain, of any kind; it stays the caller's.</param>
    /// <param name="options">Settings; the defaults where null. They are copied.</param>
    /// <exception cref="InvalidOptionsException">Settings are outside their ranges; all of them are named.</exception>
    public BarlowTwinsMethod(Backbone backbone, BarlowTwinsMethodOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        this.options = options = OptionsCopy.Of(options ?? new BarlowTwinsMethodOptions());
        var projector = ProjectionHead.Mlp(
            backbone,
            [backbone.NumFeatures, options.HiddenWidth, options.HiddenWidth, options.EmbeddingWidth],
            outputBias: false);
        comparison = new ViewComparison(backbone, projector, new BarlowTwinsLoss(options.OffDiagonalWeight));
        Parts = [new TrainablePart(ViewComparison.Key, comparison.Modules) { Groups = Groups }];
    }

    /// <inheritdoc/>
    public string Name => "Barlow Twins";

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

    /// <summary>Those that decay and those that do not, and of each the vectors at their own rate.</summary>
    private IReadOnlyList<ParameterGroup> Groups(double weightDecay) =>
    [
        .. from ofDecay in ModuleGroups.ByDecay(comparison.Modules, weightDecay)
           from parameters in ofDecay.Parameters.GroupBy(parameter => parameter.Value.dim() > 1)
           select ofDecay with { Parameters = [.. parameters], LearningRateScale = parameters.Key ? 1 : options.VectorRateScale },
    ];
}
