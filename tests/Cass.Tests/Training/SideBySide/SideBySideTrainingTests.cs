using Cass.Models;
using Cass.Tensors;
using Cass.Tests.Models;
using Cass.Tests.Training.Methods;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training.SideBySide;

/// <summary>Pretraining whose two networks compute at the same time, beside the same one after the other.</summary>
[Collection(SideBySideCollection.Name)]
public sealed class SideBySideTrainingTests
{
    private const string AtTheSameTime = "at the same time";

    /// <summary>In float64, so that nothing but an error shows.</summary>
    [Theory]
    [InlineData(CollapseSafeguard.None, PretrainingAugmentation.Published)]
    [InlineData(CollapseSafeguard.None, PretrainingAugmentation.TwoViews)]
    [InlineData(CollapseSafeguard.VicReg, PretrainingAugmentation.Published)]
    [InlineData(CollapseSafeguard.VicReg, PretrainingAugmentation.TwoViews)]
    [InlineData(CollapseSafeguard.BarlowTwins, PretrainingAugmentation.Published)]
    [InlineData(CollapseSafeguard.BarlowTwins, PretrainingAugmentation.TwoViews)]
    [InlineData(CollapseSafeguard.SimSiam, PretrainingAugmentation.Published)]
    [InlineData(CollapseSafeguard.SimSiam, PretrainingAugmentation.TwoViews)]
    [InlineData(CollapseSafeguard.Byol, PretrainingAugmentation.Published)]
    [InlineData(CollapseSafeguard.Byol, PretrainingAugmentation.TwoViews)]
    public void Gradients_are_those_of_one_graph(CollapseSafeguard safeguard, PretrainingAugmentation augmentation)
    {
        using var two = new TwoThreads();
        using var scope = NewDisposeScope();
        using var cnn = Network(TinyBackbones.ResNet);
        using var transformer = Network(TinyBackbones.Transformer);
        using var method = new CassMethod(cnn, transformer, new CassMethodOptions { Safeguard = safeguard, Augmentation = augmentation, ProjectorWidth = 16 });
        foreach (var module in method.Parts.SelectMany(part => part.Modules.Concat(part.Teachers)))
        {
            module.to(ScalarType.Float64);
            module.train();
        }

        Tensor[] views = [.. TinySteps.Views(method).Select(view => view.to(ScalarType.Float64))];
        var statistics = Buffers(method);
        var (loss, gradients, moved) = Step(method, views);
        foreach (var (buffer, before) in statistics)
        {
            buffer.copy_(before);
        }

        using var threads = new NetworkThreads();
        method.Threads = threads;
        var (otherLoss, otherGradients, otherMoved) = Step(method, views);

        Assert.Equal(loss, otherLoss, 1e-12);
        Assert.NotEmpty(gradients);
        Assert.Equal(gradients.Keys, otherGradients.Keys);
        Assert.All(gradients, gradient => Assert.Equal(gradient.Value, otherGradients[gradient.Key], (a, b) => Math.Abs(a - b) <= 1e-11 * Math.Max(1, Math.Abs(a))));
        Assert.Equal(moved.SelectMany(values => values), otherMoved.SelectMany(values => values), (a, b) => Math.Abs(a - b) <= 1e-12 * Math.Max(1, Math.Abs(a)));
    }

    [Fact]
    public void Trained_weights_are_the_same_each_time_and_near_those_of_one_after_the_other()
    {
        using var two = new TwoThreads();
        var (first, log) = Train(WithSgd);
        var (second, _) = Train(WithSgd);
        var (apart, logApart) = Train(o =>
        {
            WithSgd(o);
            o.NetworksSideBySide = false;
        });

        Assert.Contains(log, line => line.Contains(AtTheSameTime, StringComparison.Ordinal));
        Assert.DoesNotContain(logApart, line => line.Contains(AtTheSameTime, StringComparison.Ordinal));
        Assert.All(first, weight => Assert.Equal(weight.Value, second[weight.Key]));
        Assert.All(first, weight => Assert.Equal(weight.Value, apart[weight.Key], (a, b) => Math.Abs(a - b) <= 1e-5 * Math.Max(1, Math.Abs(a))));

        // Adam's steps are as large where gradients are nothing but rounding, as those of biases are that a norm takes out again.
        static void WithSgd(CassOptions options) => (options.Pretraining.Optimizer.Kind, options.Pretraining.LearningRate.Rate) = (OptimizerKind.Sgd, 0.01);
    }

    [Theory]
    [InlineData(NumericPrecision.Float32)]
    [InlineData(NumericPrecision.BFloat16)]
    public void A_run_that_is_cut_in_two_ends_bit_equal(NumericPrecision precision)
    {
        using var two = new TwoThreads();
        var (whole, log) = Train(o => o.Precision = precision, epochs: 2);
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Train(o => (o.Precision, o.Checkpoints.Folder, o.Checkpoints.EveryMinutes) = (precision, folder.Path, 1e-9), epochs: 2, progress: new Observer(p => { if (p is { Epoch: 2, Batch: 1 }) { cancellation.Cancel(); } }), cancellationToken: cancellation.Token));
        var (resumed, _) = Train(o => (o.Precision, o.Checkpoints.Folder, o.Checkpoints.EveryMinutes) = (precision, folder.Path, 1e-9), epochs: 2);

        Assert.Contains(log, line => line.Contains(AtTheSameTime, StringComparison.Ordinal));
        Assert.All(whole, weight => Assert.Equal(weight.Value, resumed[weight.Key]));
    }

    [Theory]
    [InlineData("dropout", "draws random numbers")]
    [InlineData("checkpointing", "computed anew")]
    [InlineData("unequal", "of the multiplications")]
    public void Networks_that_cannot_or_need_not_compute_one_after_the_other_and_the_log_says_why(string what, string reason)
    {
        using var two = new TwoThreads();
        var (_, log) = Train(Change, images: 8);

        Assert.Contains(log, line => line.Contains("one after the other", StringComparison.Ordinal) && line.Contains(reason, StringComparison.Ordinal));

        void Change(CassOptions options)
        {
            switch (what)
            {
                case "dropout":
                    options.Transformer.DropRate = 0.1;
                    break;
                case "checkpointing":
                    options.GradientCheckpointing = true;
                    break;
                default:
                    options.Transformer.Name = EvenNetworks.LargeTransformer;
                    break;
            }
        }
    }

    [Fact]
    public void A_step_leaves_no_tensor_behind()
    {
        using var two = new TwoThreads();
        var counts = new List<long>();
        Train(_ => { }, epochs: 4, images: 24, new Observer(_ => counts.Add(Tensor.TotalCount)));

        // Within an epoch the embeddings that collapse is judged by add up.
        Assert.Equal(12, counts.Count);
        Assert.Equal(counts[3..6], counts[6..9]);
        Assert.Equal(counts[3..6], counts[9..]);
    }

    /// <summary>Multiply–accumulate operations: those of published tables (timm's), in billions, without those of attention.</summary>
    [Theory]
    [InlineData("resnet18", 224, 1.82)]
    [InlineData("resnet50", 224, 4.11)]
    [InlineData("vit_tiny_patch16_224", 224, 1.08)]
    public void Multiply_accumulates_are_those_of_published_tables(string name, int size, double billions)
    {
        using var network = BackboneRegistry.Default.Create(name, new BackboneOptions { ImageHeight = size, ImageWidth = size });
        Assert.InRange(MultiplyAccumulates.Of(network, (size, size)).Total / 1e9 / billions, 0.99, 1.01);
    }

    [Fact]
    public void Trying_networks_changes_neither_them_nor_the_random_numbers()
    {
        using var scope = NewDisposeScope();
        using var cnn = Network(TinyBackbones.ResNet);
        using var transformer = Network(TinyBackbones.Transformer, dropRate: 0.5);
        var (before, beforeOther) = (TinyTraining.Weights(cnn), TinyTraining.Weights(transformer));
        using var state = random.get_rng_state();

        Assert.NotNull(NetworkBalance.Problem(cnn, transformer, (32, 32), (32, 32), batchSize: 8, recomputes: false));

        Assert.Equal(state.data<byte>().ToArray(), random.get_rng_state().data<byte>().ToArray());
        Assert.Equal(before, TinyTraining.Weights(cnn));
        Assert.Equal(beforeOther, TinyTraining.Weights(transformer));
        Assert.DoesNotContain(cnn.modules().Concat(transformer.modules()).OfType<nn.Module<Tensor, Tensor>>(), ModuleHooks.Has);
    }

    private static Backbone Network(string name, double dropRate = 0) =>
        TinyBackbones.Registry().Create(name, new BackboneOptions { ImageHeight = 32, ImageWidth = 32, NumClasses = 6, DropRate = dropRate });

    private static (Dictionary<string, double[]> Weights, List<string> Log) Train(
        Action<CassOptions> configure,
        int epochs = 1,
        int images = 16,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        var log = new LogLines();
        random.manual_seed(1);
        using var trainer = EvenNetworks.Builder().UseLogger(log).ConfigurePretraining(o => o.Epochs = epochs).Configure(configure).Build();
        trainer.Pretrain(TinyTraining.Images(images).Images, progress, cancellationToken);
        var weights = TinyTraining.Weights(trainer.Cnn).Concat(TinyTraining.Weights(trainer.Transformer).Select(weight => KeyValuePair.Create("transformer." + weight.Key, weight.Value)));
        return (weights.ToDictionary(StringComparer.Ordinal), log.Messages);
    }

    private static (double Loss, Dictionary<string, double[]> Gradients, double[][] Moved) Step(CassMethod method, Tensor[] views)
    {
        foreach (var parameter in Parameters(method))
        {
            parameter.Value.grad?.zero_();
        }

        using var output = method.Forward(views);
        output.Loss.backward();
        output.Networks?.Backward();
        Assert.Equal(method.Threads is not null, output.Networks is not null);
        return (
            output.Loss.item<double>(),
            Parameters(method).Where(parameter => parameter.Value.grad is not null).ToDictionary(parameter => parameter.Key, parameter => parameter.Value.grad!.reshape(-1).data<double>().ToArray(), StringComparer.Ordinal),
            [.. Buffers(method).Select(buffer => buffer.Buffer.to(ScalarType.Float64).reshape(-1).data<double>().ToArray())]);
    }

    private static IEnumerable<KeyValuePair<string, TorchSharp.Modules.Parameter>> Parameters(CassMethod method) =>
        from part in method.Parts
        from module in part.Modules.Index()
        from parameter in module.Item.named_parameters()
        select KeyValuePair.Create($"{part.Name}.{module.Index}.{parameter.name}", parameter.parameter);

    private static List<(Tensor Buffer, Tensor Before)> Buffers(CassMethod method) =>
        [.. method.Parts.SelectMany(part => part.Modules.Concat(part.Teachers)).SelectMany(module => module.buffers()).Select(buffer => (buffer, buffer.clone()))];
}
