using Cass.Data;
using Cass.Models;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

public sealed class FeatureProbeTests
{
    /// <summary>The votes counted one by one, as the paper writes them.</summary>
    [Fact]
    public void Neighbors_vote_as_brute_force_does()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        using var network = Network();
        var (train, trainLabels) = Labeled(batches: 3);
        var (test, testLabels) = Labeled(batches: 2);
        var probe = new FeatureProbe(Batches(train, trainLabels), Batches(test, testLabels)) { Neighbors = 5, Temperature = 0.1 };

        var known = Features(network, train);
        var asked = Features(network, test);
        var right = 0;
        for (var i = 0; i < asked.Length; i++)
        {
            var nearest = known.Select((k, j) => (Similarity: k.Zip(asked[i], (x, y) => x * y).Sum(), Label: trainLabels[j])).OrderByDescending(p => p.Similarity).Take(5);
            var winner = nearest.GroupBy(p => p.Label).MaxBy(g => g.Sum(p => Math.Exp(p.Similarity / 0.1)))!.Key;
            right += winner == testLabels[i] ? 1 : 0;
        }

        Assert.Equal((double)right / asked.Length, probe.Score(network).NearestNeighbors, 1e-12);
    }

    [Fact]
    public void Features_that_tell_the_labels_score_one_and_features_that_do_not_score_like_a_guess()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(4);
        using var network = Network();
        var (images, labels) = Labeled(batches: 8);
        Tensor[] telling = [.. images.Select((batch, i) => (0.1 * batch) + (3 * nn.functional.one_hot(tensor(labels[(8 * i)..((8 * i) + 8)]), 3).to(ScalarType.Float32).view(8, 3, 1, 1)))];
        var knowing = new FeatureProbe(Batches(telling[..4], labels[..32]), Batches(telling[4..], labels[32..]));
        Assert.Equal(new ProbeScores(1, 1), knowing.Score(network));

        // The labels of other images: what is learnt from them says nothing.
        var (others, _) = Labeled(batches: 8);
        var foreign = new FeatureProbe(Batches(images, labels), Batches(others, labels));
        var scores = foreign.Score(network);
        Assert.InRange(scores.NearestNeighbors, 0, 0.7);
        Assert.InRange(scores.Linear, 0, 0.7);
    }

    [Fact]
    public void A_probe_changes_neither_network_nor_random_state_and_leaves_no_tensor()
    {
        random.manual_seed(5);
        using var network = Network();
        var (images, labels) = Labeled(batches: 2);
        using var scope = NewDisposeScope();
        var probe = new FeatureProbe(Batches(images, labels), Batches(images, labels));
        network.train();
        var before = TinyTraining.Weights(network);
        using var state = random.get_rng_state();
        var live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        probe.Score(network);
        Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        using var after = random.get_rng_state();
        Assert.True(state.bytes.SequenceEqual(after.bytes));
        Assert.True(network.training);
        Assert.Equal(before, TinyTraining.Weights(network));
    }

    [Fact]
    public void Images_without_exactly_one_label_are_refused()
    {
        using var network = Network();
        var (images, labels) = Labeled(batches: 1);
        var unlabeled = new TensorBatches(1, 8, i => images[i].clone());
        Assert.Contains("Neighbors is 0; it must be at least 1", Assert.Throws<CassInputException>(() => new FeatureProbe(unlabeled, unlabeled) { Neighbors = 0 }).Message, StringComparison.Ordinal);
        Assert.Contains("labelled", Assert.Throws<CassInputException>(() => new FeatureProbe(unlabeled, unlabeled).Score(network)).Message, StringComparison.Ordinal);
        var two = new TensorBatches(1, 8, i => images[i].clone(), _ => ones(8, 3));
        Assert.Contains("exactly one", Assert.Throws<CassInputException>(() => new FeatureProbe(two, two).Score(network)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pretraining_reports_scores_norms_rates_and_waiting_and_learns_the_same_with_a_probe_as_without()
    {
        var data = TinyTraining.Images(24);
        var (plain, _) = Run(probed: false);
        var (probed, history) = Run(probed: true);
        Assert.Equal(plain, probed);
        Assert.Equal(2, history.Count);
        foreach (var epoch in history)
        {
            Assert.Equal(["cnn kNN accuracy", "cnn linear accuracy", "transformer kNN accuracy", "transformer linear accuracy"], epoch.Probes.Keys.Order(StringComparer.Ordinal));
            Assert.All(epoch.Probes.Values, score => Assert.InRange(score, 0, 1));
            Assert.Equal(["cnn", "transformer"], epoch.GradientNorms.Keys.Order(StringComparer.Ordinal));
            Assert.All(epoch.GradientNorms.Values, norm => Assert.InRange(norm, 1e-9, 1e9));
            Assert.InRange(epoch.DataWait, 0, 1);
        }

        (Dictionary<string, double[]> Weights, IReadOnlyList<PretrainingEpoch> History) Run(bool probed)
        {
            using var trainer = TinyTraining.Builder().ConfigurePretraining(o => o.Epochs = 2).Build();
            using var loader = trainer.CreateEvaluationLoader(data);
            trainer.Probe = probed ? new FeatureProbe(loader, loader) : null;
            var figures = new List<string>();
            var result = trainer.Pretrain(data.Images, new Figures(figures));
            Assert.Equal(["cnn gradient norm", "cnn learning rate", "transformer gradient norm", "transformer learning rate"], figures.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
            return (TinyTraining.Weights(trainer.Transformer), result.History);
        }
    }

    private static VisionTransformer Network() => new(
        "small",
        new(PatchSize: 8, Width: 16, Depth: 1, Heads: 2),
        new(16, 16, 3, [0.5, 0.5, 0.5], [0.5, 0.5, 0.5], 0.9, "bicubic", "patch_embed.proj", ["head"]),
        new BackboneOptions { NumClasses = 3 });

    private static (Tensor[] Images, long[] Labels) Labeled(int batches) => (
        [.. Enumerable.Range(0, batches).Select(_ => randn(8, 3, 16, 16))],
        [.. Enumerable.Range(0, 8 * batches).Select(i => (long)(i * 7 % 3))]);

    private static TensorBatches Batches(Tensor[] images, long[] labels) => new(
        images.Length,
        8,
        i => images[i].clone(),
        i => nn.functional.one_hot(tensor(labels[(8 * i)..((8 * i) + 8)]), 3).to(ScalarType.Float32));

    private static double[][] Features(Backbone network, Tensor[] images)
    {
        using var guard = no_grad();
        network.eval();
        return
        [
            .. images.SelectMany(batch => nn.functional.normalize(network.ForwardHead(network.ForwardFeatures(batch), preLogits: true), dim: 1).unbind(0))
                .Select(row => row.to(ScalarType.Float64).data<double>().ToArray()),
        ];
    }

    private sealed class Figures(List<string> names) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => names.AddRange(value.Figures.Keys);
    }
}
