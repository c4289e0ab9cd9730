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
    /// <param name="options">How they are compared; null for as published.</param>
    /// <exception cref="CassInputException">Without a safeguard, the networks' outputs differ in number.</exception>
    public CassMethod(Backbone cnn, Backbone transformer, CassMethodOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(cnn);
        ArgumentNullException.ThrowIfNull(transformer);
        this.options = options ??= new CassMethodOptions();
        if (options.ViewCount is < 1 or > 2)
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.ViewCount, "ViewCount is 1 or 2.");
        }

        if (Problem(cnn, transformer, options.Safeguard) is { } problem)
        {
            throw new CassInputException(problem);
        }

        loss = options.Safeguard switch
        {
            CollapseSafeguard.None => new NormalizedL2SimilarityLoss(),
            CollapseSafeguard.VarianceCovariance => new VicRegLoss(),
            CollapseSafeguard.Decorrelation => new BarlowTwinsLoss(),
            CollapseSafeguard.StopGradient => new NegativeCosineSimilarityLoss(),
            _ => new ByolLoss(),
        };
        this.cnn = new CassBranch(CnnPart, cnn, options);
        this.transformer = new CassBranch(TransformerPart, transformer, options);
        momentum = new MomentumSchedule(options.TeacherMomentum);
        Parts = [this.cnn.Part, this.transformer.Part];
    }

    /// <inheritdoc/>
    public string Name => "CASS";

    /// <inheritdoc/>
    public int ViewCount => options.ViewCount;

    /// <inheritdoc/>
    public IReadOnlyList<TrainablePart> Parts { get; }

    /// <summary>Measures both networks' forward passes and the loss. Default null: nothing is measured.</summary>
    public TrainingProfile? Profile { get; init; }

    /// <inheritdoc/>
    public SelfSupervisedOutput Forward(IReadOnlyList<Tensor> views)
    {
        ArgumentNullException.ThrowIfNull(views);
        if (views.Count != ViewCount)
        {
            throw new ArgumentException($"{ViewCount} view(s) are expected, not {views.Count}.", nameof(views));
        }

        using var scope = NewDisposeScope();
        var ofCnn = See(cnn, views);
        var ofTransformer = See(transformer, views);
        using var measurement = Profile?.Measure(TrainingProfile.Loss, views[0].device);
        var pairs = Pairs(ofCnn, ofTransformer);
        var compare = options.Safeguard is CollapseSafeguard.StopGradient or CollapseSafeguard.MomentumTeacher
            ? GuessingComparison()
            : (first, second) => loss.forward(first.Embedding, second.Embedding);
        var total = pairs.Select(pair => compare(pair.First, pair.Second)).Aggregate((sum, term) => sum.Plus(term)).Over(pairs.Count);
        return new SelfSupervisedOutput(
            total.MoveToOuterDisposeScope(),
            new Dictionary<string, Tensor>(StringComparer.Ordinal)
            {
                [CnnPart] = ofCnn[0].Embedding.detach().MoveToOuterDisposeScope(),
                [TransformerPart] = ofTransformer[0].Embedding.detach().MoveToOuterDisposeScope(),
            });
    }

    /// <inheritdoc/>
    public void AfterStep(long step, long totalSteps)
    {
        var present = momentum.At(step - 1, totalSteps);
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

    private static long Outputs(Backbone network) => network.NumClasses == 0 ? network.NumFeatures : network.NumClasses;

    private Seen[] See(CassBranch branch, IReadOnlyList<Tensor> views)
    {
        using var measurement = Profile?.Measure(TrainingProfile.Forward(branch.Part.Name), views[0].device);
        return [.. views.Select(view => Seen.By(branch, view))];
    }

    private List<(Seen First, Seen Second)> Pairs(Seen[] ofCnn, Seen[] ofTransformer)
    {
        // With one view the pair is (0, 0); with two, each network sees the other's view.
        List<(Seen First, Seen Second)> pairs = [(ofTransformer[0], ofCnn[^1])];
        if (ViewCount == 2)
        {
            pairs.Add((ofTransformer[1], ofCnn[0]));
            if (options.Pairs == ComparedPairs.AcrossNetworksAndViews && options.Safeguard != CollapseSafeguard.None)
            {
                pairs.Add((ofCnn[0], ofCnn[1]));
                pairs.Add((ofTransformer[0], ofTransformer[1]));
            }
        }

        return pairs;
    }

    /// <summary>Each side guesses the other, which gets no gradient; every guess and target is computed once.</summary>
    private Func<Seen, Seen, Tensor> GuessingComparison()
    {
        var guesses = new Dictionary<Seen, Tensor>();
        var targets = new Dictionary<Seen, Tensor>();
        return (first, second) => loss.forward(Guess(first), Target(second)).Plus(loss.forward(Guess(second), Target(first))).Over(2);

        Tensor Guess(Seen seen) => Once(guesses, seen, () => seen.Branch.Predict(seen.Embedding));
        Tensor Target(Seen seen) => Once(targets, seen, () => seen.Branch.Target(seen.View, seen.Embedding));
    }

    private static Tensor Once(Dictionary<Seen, Tensor> known, Seen seen, Func<Tensor> compute)
    {
        if (!known.TryGetValue(seen, out var value))
        {
            known[seen] = value = compute();
        }

        return value;
    }

    /// <summary>What a network makes of a view; equal only to itself.</summary>
    private sealed class Seen(CassBranch branch, Tensor view)
    {
        public CassBranch Branch { get; } = branch;

        public Tensor View { get; } = view;

        public Tensor Embedding { get; } = branch.Embed(view);

        public static Seen By(CassBranch branch, Tensor view) => new(branch, view);
    }
}
