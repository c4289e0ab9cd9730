using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>
/// Scores a network's frozen features by labels that it does not learn from: the weighted nearest neighbours of Wu et al.
/// (2018, arXiv 1805.01978, section 3.4) and a linear classifier. It changes neither the network nor any random state.
/// </summary>
/// <remarks>The features are the pooled ones, in evaluation mode. Each image has one label.</remarks>
/// <param name="train">Batches of labelled images that neighbours are looked up in and the linear classifier is fitted to.</param>
/// <param name="test">Batches of labelled images that are scored.</param>
public sealed class FeatureProbe(IBatchSource train, IBatchSource test)
{
    private readonly int everyEpochs = 1;
    private readonly int neighbors = 20;
    private readonly double temperature = 0.07;
    private readonly double weightDecay = 1e-3;

    /// <summary>Epochs of pretraining from one scoring to the next, at least 1; the last epoch is always scored. Default 1.</summary>
    public int EveryEpochs
    {
        get => everyEpochs;
        init => everyEpochs = value >= 1 ? value : throw Wrong(nameof(EveryEpochs), value, "at least 1");
    }

    /// <summary>How many neighbours vote, at least 1. Default 20.</summary>
    public int Neighbors
    {
        get => neighbors;
        init => neighbors = value >= 1 ? value : throw Wrong(nameof(Neighbors), value, "at least 1");
    }

    /// <summary>Temperature τ of a neighbour's weight exp(cosine similarity / τ), above 0. Default 0.07.</summary>
    public double Temperature
    {
        get => temperature;
        init => temperature = value > 0 ? value : throw Wrong(nameof(Temperature), value, "above 0");
    }

    /// <summary>Factor of the squared weights in the linear classifier's loss, at least 0. Default 1e-3.</summary>
    public double WeightDecay
    {
        get => weightDecay;
        init => weightDecay = value >= 0 ? value : throw Wrong(nameof(WeightDecay), value, "at least 0");
    }

    /// <summary>Scores a network.</summary>
    /// <param name="network">The network; its mode is as before afterwards.</param>
    /// <param name="cancellationToken">Stops the scoring.</param>
    /// <returns>The scores.</returns>
    /// <exception cref="CassInputException">The images have no labels, or an image has not exactly one.</exception>
    public ProbeScores Score(Backbone network, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        using var scope = NewDisposeScope();
        var (features, labels, classes) = Read(network, train, cancellationToken);
        var (testFeatures, testLabels, testClasses) = Read(network, test, cancellationToken);
        if (classes != testClasses)
        {
            throw new CassInputException($"The probe's training images have {classes} classes and its test images {testClasses}; read both with one label map.");
        }

        return new ProbeScores(
            Accuracy(Vote(features, labels, testFeatures, classes), testLabels),
            Accuracy(Classify(features, labels, testFeatures, classes), testLabels));
    }

    private static CassInputException Wrong(string name, IFormattable value, string range) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{nameof(FeatureProbe)}.{name} is {value}; it must be {range}."));

    private static (Tensor Features, Tensor Labels, long Classes) Read(Backbone network, IBatchSource source, CancellationToken cancellationToken)
    {
        var parameter = network.parameters().First();
        var training = network.training;
        List<Tensor> features = [];
        List<Tensor> labels = [];
        long classes = 0;
        network.eval();
        try
        {
            using var guard = no_grad();
            foreach (var batch in source.ReadEpoch(epoch: 1, cancellationToken: cancellationToken))
            {
                using (batch)
                {
                    using var scope = NewDisposeScope();
                    batch.MoveTo(parameter.device, parameter.dtype);
                    var targets = batch.Targets ?? throw new CassInputException("A probe needs labelled images.");
                    if (targets.sum(1).ne(KeptScalar.One).any().ReadBoolean())
                    {
                        throw new CassInputException("A probe needs images of exactly one label each.");
                    }

                    classes = targets.size(1);
                    features.Add(network.ForwardPooled(batch.Images).to(ScalarType.Float32).MoveToOuterDisposeScope());
                    labels.Add(targets.argmax(1).MoveToOuterDisposeScope());
                }
            }

            return (cat(features), cat(labels), classes);
        }
        finally
        {
            network.train(training);
        }
    }

    private static double Accuracy(Tensor scores, Tensor labels) => scores.argmax(1).eq(labels).to(ScalarType.Float64).mean().ReadDouble();

    private Tensor Vote(Tensor features, Tensor labels, Tensor asked, long classes)
    {
        const int Rows = 1024;
        using var guard = no_grad();
        var known = nn.functional.normalize(features, dim: 1);
        var oneHot = nn.functional.one_hot(labels, classes).to(ScalarType.Float32);
        var count = (int)Math.Min(Neighbors, features.size(0));
        List<Tensor> votes = [];
        for (long row = 0; row < asked.size(0); row += Rows)
        {
            using var scope = NewDisposeScope();
            var part = nn.functional.normalize(asked.narrow(0, row, Math.Min(Rows, asked.size(0) - row)), dim: 1);
            var (similarities, nearest) = part.mm(known.t()).topk(count, dim: 1);
            var weights = similarities.Over(Temperature).softmax(1);
            votes.Add((oneHot[nearest] * weights.unsqueeze(2)).sum(1, keepdim: false).MoveToOuterDisposeScope());
        }

        return cat(votes);
    }

    /// <summary>
    /// Multinomial logistic regression on standardised features, from zero, by Nesterov's accelerated gradient with the step
    /// that the problem's curvature allows: it is convex, so nothing is random and nothing needs tuning.
    /// </summary>
    private Tensor Classify(Tensor features, Tensor labels, Tensor asked, long classes)
    {
        const int Iterations = 300;
        using var guard = no_grad();
        var mean = features.mean([0]);
        var deviation = features.std([0], unbiased: false).clamp_min(KeptScalar.Of(1e-6));
        var inputs = Standardized(features);
        var count = inputs.size(0);
        var wanted = nn.functional.one_hot(labels, classes).to(ScalarType.Float32);

        // The Hessian of the softmax loss is at most half of the inputs' second moments (Böhning 1992).
        var curvature = (0.5 * linalg.eigvalsh(inputs.t().mm(inputs).Over(count)).max().ReadDouble()) + (2 * WeightDecay);
        using Scalar step = 1 / curvature;
        var weight = zeros(inputs.size(1), classes, device: inputs.device);
        var ahead = weight.clone();
        for (var i = 0; i < Iterations; i++)
        {
            using var scope = NewDisposeScope();
            var gradient = inputs.t().mm(inputs.mm(ahead).softmax(1).Minus(wanted)).Over(count).Plus(ahead.Times(2 * WeightDecay));
            var next = ahead.Minus(gradient.mul(step));
            ahead.copy_(next.Plus(next.Minus(weight).Times(i / (i + 3.0))));
            weight.copy_(next);
        }

        return Standardized(asked).mm(weight);

        // A column of ones is the bias.
        Tensor Standardized(Tensor raw) => cat([raw.Minus(mean) / deviation, ones(raw.size(0), 1, device: raw.device)], dim: 1);
    }
}
