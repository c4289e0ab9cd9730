using Cass.Data;
using Cass.Losses;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Training;

/// <summary>
/// EMP-SSL (Tong, Chen, Ma and LeCun 2023, <em>EMP-SSL: Towards Self-Supervised Learning in One Training Epoch</em>,
/// arXiv 2304.03977): many crops of an image are each to be embedded as they are on average, and the embeddings of a batch are to
/// spread over as many directions as there are. It takes few epochs, of many crops.
/// </summary>
/// <remarks>
/// <para>The loss is −(1/n)·Σᵢ [R(Zᵢ) + λ·mean cos(Zᵢ, Z̄)] over the n crops, where Zᵢ are the projections of a batch's i-th crops, of length 1, Z̄ their
/// mean over the crops, and R is the coding rate (<see cref="TotalCodingRateLoss"/>). The gradient reaches Z̄ too, as in the
/// authors' code. All crops go through the network as one batch.</para>
/// <para>What is kept is the caller's network. The paper evaluates the first hidden layer of the projector, averaged over 128
/// crops of each image: a network that has seen crops of a quarter alone has not learned how whole images look, and fine-tuning has to show
/// it.</para>
/// </remarks>
/// <example><code>
/// using var backbone = BackboneRegistry.Default.Create("resnet18");
/// using var method = new EmpSslMethod(backbone, new EmpSslMethodOptions { Crops = 20 });
/// using var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = 10, BatchSize = 16 });
/// pretrainer.Run(images);
/// </code></example>
public sealed class EmpSslMethod : ISelfSupervisedMethod
{
    private const string Key = "backbone";
    private const double SmallestNorm = 1e-12;

    private readonly EmpSslMethodOptions options;
    private readonly Backbone backbone;
    private readonly Sequential projector;
    private readonly TotalCodingRateLoss codingRate;

    /// <summary>Makes the projector, with weights from torch's global generator.</summary>
    /// <param name="backbone">The network to pretrain, of any kind; it stays the caller's.</param>
    /// <param name="options">Settings; the published ones where null. They are copied.</param>
    /// <exception cref="InvalidOptionsException">Settings are outside their ranges; all of them are named.</exception>
    public EmpSslMethod(Backbone backbone, EmpSslMethodOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        this.backbone = backbone;
        this.options = options = OptionsCopy.Of(options ?? new EmpSslMethodOptions());
        codingRate = new TotalCodingRateLoss(options.SquaredError);
        projector = ProjectionHead.Mlp(
            backbone,
            [backbone.NumFeatures, options.HiddenWidth, options.HiddenWidth, options.ProjectionWidth],
            hiddenBias: true);
        Parts = [new TrainablePart(Key, [backbone, projector])];
        Backbones = new Dictionary<string, Backbone>(StringComparer.Ordinal) { [Key] = backbone };
    }

    /// <inheritdoc/>
    public string Name => "EMP-SSL";

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
        var proportion = (double)width / height;
        var crop = new RandomResizedCrop(height, width, (options.CropScale, options.CropScale), (proportion, proportion));
        return MultiCrop.Views(options.Crops, crop, localViews: 0, crop, _ => MultiCrop.EmpSslAugmentations(Math.Min(height, width)), normalization);
    }

    /// <inheritdoc/>
    public SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views)
    {
        ArgumentNullException.ThrowIfNull(views);
        if (views.Count != options.Crops)
        {
            throw new ArgumentException($"{options.Crops} views are expected, as many as {nameof(EmpSslMethodOptions.Crops)}, not {views.Count}.", nameof(views));
        }

        using var scope = NewDisposeScope();
        using var crops = cat([.. views]);
        var own = Directions(ProjectionHead.Run(projector, backbone.ForwardPooled(crops))).unflatten(0, [views.Count, -1]);
        var projections = DistributedBatch.IsEntered ? DistributedBatch.Gather(own.transpose(0, 1)).transpose(0, 1) : own;
        var similarity = (projections * Directions(projections.mean([0], keepdim: true))).sum(-1).mean();
        var negativeRate = codingRate.forward(projections);
        var loss = negativeRate.Minus(similarity.Times(options.InvarianceWeight));
        return new SelfSupervisedOutput(
            loss.MoveToOuterDisposeScope(),
            new Dictionary<string, Tensor>(StringComparer.Ordinal) { [Key] = own[0].detach().MoveToOuterDisposeScope() })
        {
            Figures = new Dictionary<string, Tensor>(StringComparer.Ordinal)
            {
                ["coding rate"] = negativeRate.detach().neg().MoveToOuterDisposeScope(),
                ["similarity"] = similarity.detach().MoveToOuterDisposeScope(),
            },
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        projector.Dispose();
        codingRate.Dispose();
    }

    private static Tensor Directions(Tensor embeddings) => functional.normalize(embeddings, p: 2, dim: -1, eps: SmallestNorm);
}
