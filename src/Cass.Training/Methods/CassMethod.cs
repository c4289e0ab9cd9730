using Cass.Losses;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Training;

/// <summary>
/// CASS (Singh et al. 2022, arXiv 2206.04170; 2023, PMLR 219): one image goes through a CNN and a transformer, and the
/// two outputs are the positive pair.
/// </summary>
/// <remarks>
/// Without a safeguard this is the published objective: the normalised-L2 similarity of the two networks' logits, one
/// view, no stop-gradient and no predictor. With one, projections of the pooled features are compared across the
/// networks, and across the views where there are two: CNN(view 1) with transformer(view 2) and the reverse.
/// </remarks>
public sealed class CassMethod : ISelfSupervisedMethod
{
    private const string CnnPart = "cnn";
    private const string TransformerPart = "transformer";

    private readonly Backbone cnn;
    private readonly Backbone transformer;
    private readonly Module<Tensor, Tensor>? cnnProjector;
    private readonly Module<Tensor, Tensor>? transformerProjector;
    private readonly Module<Tensor, Tensor, Tensor> loss;

    /// <summary>Pairs two networks. They stay the caller's; projectors, if any, are the method's.</summary>
    /// <param name="cnn">The convolutional network.</param>
    /// <param name="transformer">The vision transformer; as many outputs as the CNN, unless there is a safeguard.</param>
    /// <param name="safeguard">What keeps the networks from collapse.</param>
    /// <param name="viewCount">1 or 2 views of each image.</param>
    /// <param name="projectorWidth">Width of the projectors' two layers, with a safeguard.</param>
    /// <exception cref="CassInputException">Without a safeguard, the networks' outputs differ in number.</exception>
    public CassMethod(Backbone cnn, Backbone transformer, CollapseSafeguard safeguard, int viewCount = 1, int projectorWidth = 512)
    {
        ArgumentNullException.ThrowIfNull(cnn);
        ArgumentNullException.ThrowIfNull(transformer);
        ArgumentOutOfRangeException.ThrowIfLessThan(viewCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(viewCount, 2);
        this.cnn = cnn;
        this.transformer = transformer;
        ViewCount = viewCount;
        if (safeguard == CollapseSafeguard.None)
        {
            var cnnOutputs = cnn.NumClasses == 0 ? cnn.NumFeatures : cnn.NumClasses;
            var transformerOutputs = transformer.NumClasses == 0 ? transformer.NumFeatures : transformer.NumClasses;
            if (cnnOutputs != transformerOutputs)
            {
                throw new CassInputException(
                    $"The published loss compares outputs of equal length: {cnn.ModelName} has {cnnOutputs}, {transformer.ModelName} has {transformerOutputs}. Give both networks the same number of classes, or choose a safeguard, which projects both to one width.");
            }

            loss = new NormalizedL2SimilarityLoss();
            Parts = [new(CnnPart, [cnn]), new(TransformerPart, [transformer])];
            return;
        }

        loss = new VicRegLoss();
        cnnProjector = Projector(cnn, projectorWidth);
        transformerProjector = Projector(transformer, projectorWidth);
        Parts = [new(CnnPart, [cnn, cnnProjector]), new(TransformerPart, [transformer, transformerProjector])];
    }

    /// <inheritdoc/>
    public string Name => "CASS";

    /// <inheritdoc/>
    public int ViewCount { get; }

    /// <inheritdoc/>
    public IReadOnlyList<TrainablePart> Parts { get; }

    /// <inheritdoc/>
    public SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views)
    {
        ArgumentNullException.ThrowIfNull(views);
        if (views.Count != ViewCount)
        {
            throw new ArgumentException($"{ViewCount} view(s) are expected, not {views.Count}.", nameof(views));
        }

        using var scope = NewDisposeScope();
        var ofCnn = views.Select(view => Embed(cnn, cnnProjector, view)).ToArray();
        var ofTransformer = views.Select(view => Embed(transformer, transformerProjector, view)).ToArray();

        // With one view the pair is (0, 0); with two, each network sees the other's view.
        var total = loss.forward(ofTransformer[0], ofCnn[ViewCount - 1]);
        if (ViewCount == 2)
        {
            total = (total + loss.forward(ofTransformer[1], ofCnn[0])) / 2;
        }

        return new SelfSupervisedOutput(
            total.MoveToOuterDisposeScope(),
            new Dictionary<string, Tensor>(StringComparer.Ordinal)
            {
                [CnnPart] = ofCnn[0].detach().MoveToOuterDisposeScope(),
                [TransformerPart] = ofTransformer[0].detach().MoveToOuterDisposeScope(),
            });
    }

    /// <inheritdoc/>
    public void AfterStep(long step, long totalSteps)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        cnnProjector?.Dispose();
        transformerProjector?.Dispose();
        loss.Dispose();
    }

    private static Tensor Embed(Backbone network, Module<Tensor, Tensor>? projector, Tensor images) => projector is null
        ? network.forward(images)
        : projector.forward(network.ForwardHead(network.ForwardFeatures(images), preLogits: true));

    private static Sequential Projector(Backbone network, int width)
    {
        var parameter = network.parameters().First();
        return Sequential(
            ("fc1", Linear(network.NumFeatures, width, hasBias: false)),
            ("bn1", BatchNorm1d(width)),
            ("act1", ReLU()),
            ("fc2", Linear(width, width))).to(parameter.dtype).to(parameter.device);
    }
}
