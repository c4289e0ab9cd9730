using Cass.Losses;
using Cass.Models;
using Cass.Tests.Models;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

public sealed class SafeguardTests
{
    public static TheoryData<CollapseSafeguard, ComparedPairs> Projected
    {
        get
        {
            var data = new TheoryData<CollapseSafeguard, ComparedPairs>();
            foreach (var safeguard in Enum.GetValues<CollapseSafeguard>().Where(s => s != CollapseSafeguard.None))
            {
                data.Add(safeguard, ComparedPairs.AcrossNetworks);
                data.Add(safeguard, ComparedPairs.AcrossNetworksAndViews);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Projected))]
    public void The_loss_is_the_papers_over_the_pairs(CollapseSafeguard safeguard, ComparedPairs pairs)
    {
        using var networks = new Networks();
        using var method = networks.Method(safeguard, pairs);
        using var scope = NewDisposeScope();
        Tensor[] views = [randn(4, 3, 32, 32), randn(4, 3, 32, 32)];
        using var output = method.Forward(views);
        var (cnn, transformer) = (Embeddings(method.Parts[0], views), Embeddings(method.Parts[1], views));
        List<Tensor> terms = [Compare(cnn[0], transformer[1], e => e.OfOther), Compare(cnn[1], transformer[0], e => e.OfOther)];
        if (pairs == ComparedPairs.AcrossNetworksAndViews)
        {
            terms.AddRange([Compare(cnn[0], cnn[1], e => e.OfOwn), Compare(transformer[0], transformer[1], e => e.OfOwn)]);
        }

        Assert.Equal(terms.Average(t => t.item<float>()), output.Loss.item<float>(), 1e-3 * Math.Abs(output.Loss.item<float>()));

        Tensor Compare(Embedded a, Embedded b, Func<Embedded, Tensor?> prediction) => safeguard switch
        {
            CollapseSafeguard.VicReg => new VicRegLoss().forward(a.Projection, b.Projection),
            CollapseSafeguard.BarlowTwins => new BarlowTwinsLoss().forward(a.Projection, b.Projection),
            CollapseSafeguard.SimSiam => -(Cosine(prediction(a)!, b.Projection) + Cosine(prediction(b)!, a.Projection)) / 2,

            // At the first step the teacher is the network itself.
            _ => (4 - (2 * Cosine(prediction(a)!, b.Projection)) - (2 * Cosine(prediction(b)!, a.Projection))) / 2,
        };
    }

    [Theory]
    [MemberData(nameof(Projected))]
    public void Every_trained_parameter_of_the_body_gets_a_gradient_and_no_teacher_does(CollapseSafeguard safeguard, ComparedPairs pairs)
    {
        using var networks = new Networks();
        using var method = networks.Method(safeguard, pairs);
        using var scope = NewDisposeScope();
        using var output = method.Forward([randn(4, 3, 32, 32), randn(4, 3, 32, 32)]);
        output.Loss.backward();
        foreach (var part in method.Parts)
        {
            // The classifier of the backbone takes no part: pooled features are compared.
            var silent = part.Modules.SelectMany(m => m.named_parameters())
                .Where(p => p.parameter.grad is null)
                .Select(p => p.name)
                .Where(name => !name.StartsWith("head.", StringComparison.Ordinal) && !name.StartsWith("fc.", StringComparison.Ordinal));
            Assert.Empty(silent);
            Assert.All(part.Teachers.SelectMany(t => t.parameters()), p => Assert.False(p.requires_grad));
            Assert.All(part.Teachers.SelectMany(t => t.parameters()), p => Assert.Null(p.grad));
            Assert.Equal(safeguard == CollapseSafeguard.Byol ? 2 : 0, part.Teachers.Count);
        }
    }

    [Fact]
    public void The_teachers_follow_with_a_momentum_that_rises_to_one()
    {
        using var networks = new Networks();
        using var method = networks.Method(CollapseSafeguard.Byol, ComparedPairs.AcrossNetworks);
        var part = method.Parts[0];
        var (student, teacher) = (part.Modules[0].parameters().First(), part.Teachers[0].parameters().First());
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var before = teacher.clone();
        student.add_(1);
        method.AfterStep(Step(0));
        Assert.True(allclose(teacher, before + (1 - 0.996), rtol: 0, atol: 1e-6));

        // The 10th of 10 steps: 1 − 0.004·(cos(0.9·π) + 1)/2.
        var between = teacher.clone();
        method.AfterStep(Step(9));
        var momentum = 1 - (0.004 * (Math.Cos(0.9 * Math.PI) + 1) / 2);
        Assert.True(allclose(teacher, (between * momentum) + (student * (1 - momentum)), rtol: 0, atol: 1e-6));
    }

    private static TrainingStep Step(long step) => new() { Step = step, TotalSteps = 10, Epoch = 1, Epochs = 1, LearningRate = 1e-3, PeakLearningRate = 1e-3 };

    [Theory]
    [InlineData(CollapseSafeguard.BarlowTwins)]
    [InlineData(CollapseSafeguard.SimSiam)]
    [InlineData(CollapseSafeguard.Byol)]
    public void Training_with_it_leaves_no_tensor_behind(CollapseSafeguard safeguard)
    {
        using var trainer = TinyTraining.Builder().ConfigureMethod(o => o.Safeguard = safeguard).Build();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var result = trainer.Pretrain(TinyTraining.Images(24).Images, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(double.IsFinite(result.History[0].Loss));
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_run_may_stop_when_the_networks_have_collapsed()
    {
        using var trainer = TinyTraining.Builder()
            .UseRecipe(CassRecipe.Published)
            .ConfigurePretraining(o => (o.Epochs, o.StopWhenCollapsed) = (40, true))
            .Build();

        // One and the same image: whatever the networks do, they say the same of everything.
        using var image = ones(8, 3, 32, 32);
        var history = trainer.Pretrain(new TensorBatches(1, 8, _ => image.clone()), cancellationToken: TestContext.Current.CancellationToken).History;
        Assert.True(history.Count < 40, $"{history.Count} epochs were run.");
        Assert.Equal(Cass.Metrics.CollapseVerdict.Collapsed, history[^1].Verdict);
        Assert.DoesNotContain(history.SkipLast(1), row => row.Verdict == Cass.Metrics.CollapseVerdict.Collapsed);
    }

    private static Tensor Cosine(Tensor a, Tensor b) => nn.functional.cosine_similarity(a, b, dim: 1).mean();

    private static Embedded[] Embeddings(TrainablePart part, Tensor[] views) =>
    [
        .. views.Select(view =>
        {
            var network = (Backbone)part.Modules[0];
            var projection = ((nn.Module<Tensor, Tensor>)part.Modules[1]).forward(network.ForwardHead(network.ForwardFeatures(view), preLogits: true));
            return new Embedded(projection, Prediction(2), Prediction(3));

            Tensor? Prediction(int module) => part.Modules.Count > module ? ((nn.Module<Tensor, Tensor>)part.Modules[module]).forward(projection) : null;
        }),
    ];

    /// <summary>A network's projection of a view, and its predictions of the other network's and of its own.</summary>
    private sealed record Embedded(Tensor Projection, Tensor? OfOther, Tensor? OfOwn);

    private sealed class Networks : IDisposable
    {
        private readonly Backbone cnn;
        private readonly Backbone transformer;

        public Networks()
        {
            random.manual_seed(1);
            cnn = TinyBackbones.Registry().Create(TinyBackbones.ResNet, new BackboneOptions { NumClasses = 10 });
            transformer = TinyBackbones.Registry().Create(TinyBackbones.Transformer, new BackboneOptions { NumClasses = 10, ImageHeight = 32, ImageWidth = 32 });
        }

        public CassMethod Method(CollapseSafeguard safeguard, ComparedPairs pairs) => new(
            cnn,
            transformer,
            new CassMethodOptions { Safeguard = safeguard, Augmentation = PretrainingAugmentation.TwoViews, Pairs = pairs, ProjectorWidth = 16 });

        public void Dispose()
        {
            cnn.Dispose();
            transformer.Dispose();
        }
    }
}
