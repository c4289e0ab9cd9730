using Cass.Data;
using Cass.Losses;
using TorchSharp;
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

    private readonly CassMethodOptions options;
    private readonly CassBranch cnn;
    private readonly CassBranch transformer;
    private readonly Module<Tensor, Tensor, Tensor> loss;
    private readonly MomentumSchedule momentum;

    /// <summary>Pairs two networks. They stay the caller's; projectors, predictors and teachers, if any, are the method's.</summary>
    /// <param name="cnn">The convolutional network.</param>
    /// <param name="transformer">The vision transformer; as many outputs as the CNN, unless there is a safeguard.</param>
    /// <param name="options">How they are compared; null for <see cref="CassMethodOptions.Published"/>.</param>
    /// <exception cref="InvalidOptionsException">Settings are outside their ranges; all of them are named.</exception>
    /// <exception cref="CassInputException">Without a safeguard, the networks' outputs differ in number.</exception>
    public CassMethod(Backbone cnn, Backbone transformer, CassMethodOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(cnn);
        ArgumentNullException.ThrowIfNull(transformer);
        this.options = options = OptionsCopy.Of(options ?? CassMethodOptions.Published);
        if (Problem(cnn, transformer, options.Safeguard) is { } problem)
        {
            throw new CassInputException(problem);
        }

        loss = options.Safeguard switch
        {
            CollapseSafeguard.None => new NormalizedL2SimilarityLoss(),
            CollapseSafeguard.VicReg => new VicRegLoss(),
            CollapseSafeguard.BarlowTwins => new BarlowTwinsLoss(),
            CollapseSafeguard.SimSiam => new NegativeCosineSimilarityLoss(),
            _ => new ByolLoss(),
        };
        this.cnn = new CassBranch(CnnPart, cnn, options);
        this.transformer = new CassBranch(TransformerPart, transformer, options);
        momentum = new MomentumSchedule(options.TeacherMomentum);
        Parts = [this.cnn.Part, this.transformer.Part];
        Backbones = new Dictionary<string, Backbone>(StringComparer.Ordinal) { [CnnPart] = cnn, [TransformerPart] = transformer };
    }

    /// <inheritdoc/>
    public string Name => "CASS";

    /// <inheritdoc/>
    public IReadOnlyList<TrainablePart> Parts { get; }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Backbone> Backbones { get; }

    /// <inheritdoc/>
    public object Options => OptionsCopy.Of(options);

    /// <summary>Views of each image: 2 with <see cref="PretrainingAugmentation.TwoViews"/>, else 1.</summary>
    public int ViewCount => ViewsOf(options);

    /// <summary>Measures both networks' forward passes and the loss. Default null: nothing is measured.</summary>
    public TrainingProfile? Profile { get; set; }

    /// <summary>Threads that the networks compute on at the same time, where the output's backward pass goes on with <see cref="SelfSupervisedOutput.Networks"/>; null for the caller's.</summary>
    internal NetworkThreads? Threads { get; set; }

    /// <inheritdoc/>
    public IReadOnlyList<ImagePipeline> CreateViews(int height, int width, ChannelStatistics normalization)
    {
        ImageSizes.RequireViews(height, width, Backbones.Values);
        return options.Augmentation switch
        {
            PretrainingAugmentation.Published => [CassTransforms.Training(height, width, normalization, options.JitterBeforeAffine)],
            _ => [.. Enumerable.Repeat(TwoViewTransform.Create(height, width, normalization, options.MinCropScale), ViewCount)],
        };
    }

    /// <inheritdoc/>
    public SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views)
    {
        ArgumentNullException.ThrowIfNull(views);
        if (views.Count != ViewCount)
        {
            throw new ArgumentException($"{ViewCount} view(s) are expected, not {views.Count}.", nameof(views));
        }

        using var scope = NewDisposeScope();
        if (Threads is not { } threads || !is_grad_enabled())
        {
            return Compare(views, Embed(cnn, views), Embed(transformer, views));
        }

        var networks = new NetworkGraphs(threads, () => Embed(cnn, views), () => Embed(transformer, views));
        try
        {
            return Compare(views, networks.First, networks.Second, networks);
        }
        catch
        {
            networks.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void AfterStep(TrainingStep step)
    {
        var present = momentum.At(step.Step, step.TotalSteps);
        cnn.MoveTeacher(present);
        transformer.MoveTeacher(present);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        cnn.Dispose();
        transformer.Dispose();
        loss.Dispose();
    }

    /// <summary>Why two networks cannot be paired, as a sentence; null where they can.</summary>
    internal static string? Problem(Backbone cnn, Backbone transformer, CollapseSafeguard safeguard) => safeguard == CollapseSafeguard.None && Outputs(cnn) != Outputs(transformer)
        ? $"The published loss compares outputs of equal length: {cnn.ModelName} has {Outputs(cnn)}, {transformer.ModelName} has {Outputs(transformer)}. Give both networks the same number of classes, or choose a safeguard, which projects both to one width."
        : null;

    /// <summary>Whether a network's outputs for one view are compared with its own for the other.</summary>
    internal static bool ComparesViewsOfANetwork(CassMethodOptions options) =>
        ViewsOf(options) == 2 && options.Pairs == ComparedPairs.AcrossNetworksAndViews && options.Safeguard != CollapseSafeguard.None;

    private static int ViewsOf(CassMethodOptions options) => options.Augmentation == PretrainingAugmentation.TwoViews ? 2 : 1;

    private static long Outputs(Backbone network) => network.NumClasses == 0 ? network.NumFeatures : network.NumClasses;

    private Tensor[] Embed(CassBranch branch, IReadOnlyList<Tensor> views)
    {
        using var measurement = Profile?.Measure(TrainingProfile.Forward(branch.Part.Name), views[0].device);
        return [.. views.Select(branch.Embed)];
    }

    /// <summary>The loss of both networks' embeddings of each view.</summary>
    private SelfSupervisedOutput Compare(IReadOnlyList<Tensor> views, IReadOnlyList<Tensor> embeddingsOfCnn, IReadOnlyList<Tensor> embeddingsOfTransformer, NetworkGraphs? networks = null)
    {
        using var measurement = Profile?.Measure(TrainingProfile.Loss, views[0].device);
        var (ofCnn, ofTransformer) = (Embedded(cnn, views, embeddingsOfCnn), Embedded(transformer, views, embeddingsOfTransformer));
        var pairs = Pairs(ofCnn, ofTransformer);
        var compare = options.Safeguard is CollapseSafeguard.SimSiam or CollapseSafeguard.Byol
            ? ComparisonByPrediction()
            : options.Safeguard == CollapseSafeguard.None ? (first, second) => loss.forward(first.Embedding, second.Embedding)
            : (first, second) => loss.forward(DistributedBatch.Gather(first.Embedding), DistributedBatch.Gather(second.Embedding));
        var total = pairs.Select(pair => compare(pair.First, pair.Second)).Aggregate((sum, term) => sum.Plus(term)).Over(pairs.Count);
        return new SelfSupervisedOutput(
            total.MoveToOuterDisposeScope(),
            new Dictionary<string, Tensor>(StringComparer.Ordinal)
            {
                [CnnPart] = ofCnn[0].Embedding.detach().MoveToOuterDisposeScope(),
                [TransformerPart] = ofTransformer[0].Embedding.detach().MoveToOuterDisposeScope(),
            })
        {
            Networks = networks,
        };
    }

    private static EmbeddedView[] Embedded(CassBranch branch, IReadOnlyList<Tensor> views, IReadOnlyList<Tensor> embeddings) =>
        [.. views.Zip(embeddings, (view, embedding) => new EmbeddedView(branch, view, embedding))];

    private List<(EmbeddedView First, EmbeddedView Second)> Pairs(EmbeddedView[] ofCnn, EmbeddedView[] ofTransformer)
    {
        // With one view the pair is (0, 0); with two, each network is compared with the other on the other view.
        List<(EmbeddedView First, EmbeddedView Second)> pairs = [(ofTransformer[0], ofCnn[^1])];
        if (ViewCount == 2)
        {
            pairs.Add((ofTransformer[1], ofCnn[0]));
            if (ComparesViewsOfANetwork(options))
            {
                pairs.Add((ofCnn[0], ofCnn[1]));
                pairs.Add((ofTransformer[0], ofTransformer[1]));
            }
        }

        return pairs;
    }

    /// <summary>Each side predicts the other, which gets no gradient; every target is computed once.</summary>
    private Func<EmbeddedView, EmbeddedView, Tensor> ComparisonByPrediction()
    {
        var predictions = new Dictionary<(EmbeddedView, CassBranch), Tensor>();
        var targets = new Dictionary<EmbeddedView, Tensor>();
        return (first, second) => loss.forward(Prediction(first, second), Target(second)).Plus(loss.forward(Prediction(second, first), Target(first))).Over(2);

        Tensor Prediction(EmbeddedView view, EmbeddedView target) => Once(predictions, (view, target.Branch), () => view.Branch.Predict(view.Embedding, target.Branch));
        Tensor Target(EmbeddedView view) => Once(targets, view, () => view.Branch.Target(view.View, view.Embedding));
    }

    private static Tensor Once<TKey>(Dictionary<TKey, Tensor> known, TKey key, Func<Tensor> compute)
        where TKey : notnull
    {
        if (!known.TryGetValue(key, out var value))
        {
            known[key] = value = compute();
        }

        return value;
    }

    /// <summary>A network's embedding of a view; equal only to itself.</summary>
    private sealed class EmbeddedView(CassBranch branch, Tensor view, Tensor embedding)
    {
        public CassBranch Branch { get; } = branch;

        public Tensor View { get; } = view;

        public Tensor Embedding { get; } = embedding;
    }
}
