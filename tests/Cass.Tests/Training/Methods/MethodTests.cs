using Cass.Data;
using Cass.Tests.Models;
using Cass.Tests.Order;
using Cass.Training;
using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training.Methods;

/// <summary>What every method that pretrains one network has to do, on a network with batch norm and on a transformer.</summary>
public sealed class MethodTests
{
    public static TheoryData<string, string> Methods
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var method in TinyMethods.Names)
            {
                data.Add(method, TinyBackbones.ResNet);
                data.Add(method, TinyBackbones.Transformer);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_cancelled_run_goes_on_and_ends_bit_equal(string name, string network)
    {
        using var folder = new TemporaryFolder();
        var undisturbed = Run(headSeed: 2, checkpoints: null, cancelAfter: int.MaxValue);

        // Whatever decides the result is in the checkpoint: the heads of the run that goes on begin otherwise.
        Assert.Null(Run(headSeed: 2, folder.Path, cancelAfter: 3));
        Assert.Null(Run(headSeed: 3, folder.Path, cancelAfter: 2));
        Assert.Equal(undisturbed, Run(headSeed: 4, folder.Path, cancelAfter: int.MaxValue));

        string? Run(int headSeed, string? checkpoints, int cancelAfter)
        {
            using var backbone = TinyMethods.Network(network);
            random.manual_seed(headSeed);
            using var method = TinyMethods.Create(name, backbone);
            var options = new RunOptions { Device = "cpu" };
            options.Checkpoints.Folder = checkpoints;
            using var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = 2, BatchSize = 4 }, options, NullLogger.Instance);
            using var source = new CancellationTokenSource();
            var steps = 0;
            try
            {
                var history = pretrainer.Run(
                    TinyTraining.Images(16).Images,
                    new Observer(_ =>
                    {
                        if (++steps == cancelAfter)
                        {
                            source.Cancel();
                        }
                    }),
                    source.Token).History;
                return Fingerprint(method) + string.Join(' ', history.Select(row => (row.Epoch, row.Loss, row.JudgedLoss, row.Verdict, row.EmbeddingStd["backbone"])));
            }
            catch (OperationCanceledException)
            {
                return null;
            }
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Twenty_steps_bring_the_loss_down(string name, string network)
    {
        using var backbone = TinyMethods.Network(network);
        using var method = TinyMethods.Create(name, backbone);
        var losses = Pretrain(method, epochs: 20, batches: 1, batchSize: 16).Select(row => row.Loss - WithoutLearner(row)).ToList();
        Assert.True(losses[^1] < losses[0], string.Join(' ', losses));

        // A part of DINO's loss is the entropy of the teacher, which centring raises; the rest is its divergence from the student.
        static double WithoutLearner(PretrainingEpoch row) => row.Figures.GetValueOrDefault("teacher entropy");
    }

    [Theory]
    [Trait("Category", LongTests.Category)]
    [MemberData(nameof(Methods))]
    public void Steps_leave_no_tensor_behind(string name, string network)
    {
        var batches = LongTests.Repeats(1000, 15);
        using var backbone = TinyMethods.Network(network);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var method = TinyMethods.Create(name, backbone))
        {
            var counts = new List<long>();
            using var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = 2 }, new RunOptions { Device = "cpu" }, NullLogger.Instance);
            pretrainer.Run(
                new ViewBatches(method.CreateViews(32, 32, ViewBatches.Normalization), batches, batchSize: 2),
                new Observer(_ => counts.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount)),
                TestContext.Current.CancellationToken);
            Assert.Equal(2 * batches, counts.Count);

            // From the third step on every count is the same but for the loss that is read later, and the embeddings of an epoch's
            // end; a layer that is frozen in the first epoch has its gradient only then.
            var steady = counts[2..batches].Concat(counts[(batches + 3)..]).ToList();
            Assert.InRange(steady.Max() - steady.Min(), 0, 4);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Every_trained_parameter_gets_a_gradient_and_no_teacher_does(string name, string network)
    {
        using var backbone = TinyMethods.Network(network);
        using var method = TinyMethods.Create(name, backbone);
        using var scope = NewDisposeScope();
        using var output = method.Forward(Views(method));
        output.Loss.backward();

        // The classifier of the backbone takes no part: pooled features are compared.
        Assert.Empty(method.Parts.SelectMany(part => part.Modules).SelectMany(module => module.named_parameters())
            .Where(p => p.parameter.requires_grad && p.parameter.grad is null && !p.name.StartsWith("head.", StringComparison.Ordinal) && !p.name.StartsWith("fc.", StringComparison.Ordinal))
            .Select(p => p.name));
        Assert.All(method.Parts.SelectMany(part => part.Teachers).SelectMany(teacher => teacher.parameters()), p => Assert.Null(p.grad));
        Assert.All(output.Embeddings.Values, embedding => Assert.Equal((4, false), ((int)embedding.shape[0], embedding.requires_grad)));
        Assert.Contains("backbone", output.Embeddings.Keys);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void The_network_that_is_kept_is_the_callers_learns_and_outlives_the_method(string name, string network)
    {
        using var backbone = TinyMethods.Network(network);
        var before = TinyTraining.Weights(backbone);
        using (var method = TinyMethods.Create(name, backbone))
        {
            Assert.Equal(KeyValuePair.Create("backbone", backbone), Assert.Single(method.Backbones));
            Pretrain(method, epochs: 2, batches: 1, batchSize: 4);
        }

        Assert.Equal(WeightOrigin.SelfSupervised, backbone.WeightOrigin);
        Assert.All(backbone.parameters(), parameter => Assert.True(parameter.requires_grad));
        var after = TinyTraining.Weights(backbone);
        Assert.Contains(before.Keys, key => !before[key].SequenceEqual(after[key]));
        Assert.All(after.Values.SelectMany(values => values), value => Assert.True(double.IsFinite(value)));
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Networks_and_heads_follow_to_other_numbers(string name, string network)
    {
        foreach (var precision in (NumericPrecision[])[NumericPrecision.Float64, NumericPrecision.BFloat16])
        {
            using var backbone = TinyMethods.Network(network);
            using var method = TinyMethods.Create(name, backbone);
            Assert.True(double.IsFinite(Pretrain(method, epochs: 2, batches: 1, batchSize: 4, precision)[^1].Loss));
            var expected = precision == NumericPrecision.Float64 ? ScalarType.Float64 : ScalarType.Float32;
            Assert.All(method.Parts.SelectMany(part => part.Modules.Concat(part.Teachers)).SelectMany(module => module.parameters()), p => Assert.Equal(expected, p.dtype));
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Another_number_of_views_is_refused(string name, string network)
    {
        using var backbone = TinyMethods.Network(network);
        using var method = TinyMethods.Create(name, backbone);
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentException>(() => method.Forward([.. Views(method).Skip(1)]));
    }

    [Fact]
    public void Temperatures_that_no_exponential_stands_are_refused()
    {
        const double Tiny = 1e-300;
        using var backbone = TinyMethods.Network(TinyBackbones.ResNet);
        Refused("Temperature is 1E-300", () => new SimClrMethod(backbone, new SimClrMethodOptions { Temperature = Tiny }));
        Refused("Temperature is 1E-300", () => new MocoV3Method(backbone, new MocoV3MethodOptions { Temperature = Tiny }));
        Refused("StudentTemperature is 1E-300", () => new DinoMethod(backbone, new DinoMethodOptions { StudentTemperature = Tiny }));
        Refused("TeacherTemperature is 1E-300", () => new DinoMethod(backbone, new DinoMethodOptions { TeacherTemperature = Tiny }));
        Refused("WarmupTeacherTemperature is 1E-300", () => new DinoMethod(backbone, new DinoMethodOptions { WarmupTeacherTemperature = Tiny }));
        Refused("SquaredError is 1E-300", () => new EmpSslMethod(backbone, new EmpSslMethodOptions { SquaredError = Tiny }));

        static void Refused(string what, Func<ISelfSupervisedMethod> create) =>
            Assert.Contains(what, Assert.Throws<InvalidOptionsException>(create).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void The_network_that_is_kept_is_in_one_mode_throughout_however_the_run_ends(string name, string network)
    {
        foreach (var end in (string[])["done", "cancelled", "failed"])
        {
            using var backbone = TinyMethods.Network(network);
            using var method = TinyMethods.Create(name, backbone);
            using var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = 2 }, new RunOptions { Device = "cpu" }, NullLogger.Instance);
            using var source = new CancellationTokenSource();
            List<bool[]> seen = [];
            pretrainer.EpochEnded += (_, _) => seen.Add(Modes());
            var steps = 0;
            var error = Record.Exception(() => pretrainer.Run(
                new ViewBatches(method.CreateViews(32, 32, ViewBatches.Normalization), batches: 2, batchSize: 4),
                new Observer(_ =>
                {
                    if (++steps == 3 && end == "cancelled")
                    {
                        source.Cancel();
                    }
                    else if (steps == 3 && end == "failed")
                    {
                        throw new InvalidOperationException(end);
                    }
                }),
                source.Token));
            Assert.Equal(end == "done" ? null : end == "failed" ? typeof(InvalidOperationException) : typeof(OperationCanceledException), error?.GetType());
            Assert.Equal(end == "done" ? 2 : 1, seen.Count);
            Assert.All(seen.Append(Modes()), modes => Assert.Equal([true], modes));

            bool[] Modes() => [.. backbone.modules().Prepend(backbone).Select(module => module.training).Distinct()];
        }
    }

    private static Tensor[] Views(ISelfSupervisedMethod method) => new ViewBatches(method.CreateViews(32, 32, ViewBatches.Normalization), 1, 4).Views(0);

    private static IReadOnlyList<PretrainingEpoch> Pretrain(ISelfSupervisedMethod method, int epochs, int batches, int batchSize, NumericPrecision precision = NumericPrecision.Float32)
    {
        var options = new PretrainingOptions { Epochs = epochs };
        options.LearningRate.Schedule = ScheduleKind.Constant;
        using var pretrainer = new Pretrainer(method, options, new RunOptions { Device = "cpu", Precision = precision }, NullLogger.Instance);
        return pretrainer.Run(new ViewBatches(method.CreateViews(32, 32, ViewBatches.Normalization), batches, batchSize)).History;
    }

    private static string Fingerprint(ISelfSupervisedMethod method)
    {
        using var scope = NewDisposeScope();
        return Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(
        [
            .. method.Parts.SelectMany(part => part.Modules.Concat(part.Teachers)).SelectMany(module => module.state_dict().Values).Concat(method.State.Select(s => s.Value))
                .SelectMany(t => t.detach().contiguous().bytes.ToArray()),
        ]));
    }
}
