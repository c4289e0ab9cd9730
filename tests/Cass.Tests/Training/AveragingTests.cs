using Cass.Tests.Reference;
using Cass.Training;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

public sealed class AveragingTests
{
    [Fact]
    [Trait("Category", "Reference")]
    public void Weight_averaging_follows_torchcontrib()
    {
        foreach (var path in ReferenceFolder.Files("ssl*.safetensors"))
        {
            var reference = ReferenceTensors.Read(path);
            var settings = reference.LongsOf("swa/start_freq_count");
            var shape = reference.ShapeOf("swa/trajectory");
            var trajectory = reference.DoublesOf("swa/trajectory");
            using var weights = zeros(shape[1], float64);
            using var averaging = new StochasticWeightAveraging([weights], (int)settings[0], (int)settings[1]);
            for (var step = 0; step < shape[0]; step++)
            {
                using var scope = NewDisposeScope();
                weights.copy_(tensor(trajectory.AsSpan(step * (int)shape[1], (int)shape[1]).ToArray()));
                averaging.Step();
            }

            Assert.Equal(settings[2], averaging.Count);
            var expected = reference.DoublesOf("swa/average");
            Assert.All(expected.Zip(averaging.Averages[0].data<double>().ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-9));

            averaging.Swap();
            Assert.All(expected.Zip(weights.data<double>().ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
            averaging.Swap();
            Assert.Equal(trajectory[^(int)shape[1]..], weights.data<double>().ToArray());
        }
    }

    [Fact]
    [Trait("Category", "Reference")]
    public void Momentum_and_the_teacher_it_gives_follow_the_reference()
    {
        foreach (var path in ReferenceFolder.Files("ssl*.safetensors"))
        {
            var reference = ReferenceTensors.Read(path);
            var momenta = reference.DoublesOf("ema/momentum");
            var teachers = reference.DoublesOf("ema/teacher");
            var schedule = new MomentumSchedule(momenta[0]);
            using var student = nn.Linear(1, 1, hasBias: false, dtype: ScalarType.Float64);
            using var teacher = nn.Linear(1, 1, hasBias: false, dtype: ScalarType.Float64);
            Set(student, 0.5);
            var following = new MomentumTeacher(student, teacher);
            following.Start();
            Assert.False(teacher.weight!.requires_grad);
            for (var k = 0; k < momenta.Length; k++)
            {
                Assert.Equal(momenta[k], schedule.At(k, momenta.Length), 1e-9);
                Set(student, Math.Sin(k));
                following.Follow(schedule.At(k, momenta.Length));
                Assert.Equal(teachers[k], teacher.weight!.item<double>(), 1e-9);
            }
        }

        static void Set(Linear layer, double value)
        {
            using var guard = no_grad();
            layer.weight!.fill_(value);
        }
    }

    [Fact]
    public void A_teacher_follows_after_both_networks_were_moved_to_another_type()
    {
        using var student = nn.Linear(1, 1, hasBias: false);
        using var teacher = nn.Linear(1, 1, hasBias: false);
        var following = new MomentumTeacher(student, teacher);
        following.Start();
        student.to(ScalarType.Float64);
        teacher.to(ScalarType.Float64);
        using var guard = no_grad();
        teacher.weight!.fill_(1);
        student.weight!.fill_(2);
        following.Follow(0.75);
        Assert.Equal(1.25, teacher.weight!.item<double>(), 1e-12);
        Assert.False(teacher.weight!.requires_grad);
    }

    [Theory]
    [InlineData(true, 3)]
    [InlineData(false, 7)]
    public void A_teacher_takes_the_students_buffers_or_keeps_its_own(bool copyBuffers, float expected)
    {
        using var student = nn.BatchNorm1d(1);
        using var teacher = nn.BatchNorm1d(1);
        var following = new MomentumTeacher(student, teacher, copyBuffers);
        following.Start();
        using var guard = no_grad();
        student.get_buffer("running_mean")!.fill_(3);
        teacher.get_buffer("running_mean")!.fill_(7);
        following.Follow(0.5);
        Assert.Equal(expected, teacher.get_buffer("running_mean")!.item<float>());
    }

    [Fact]
    public void Batch_norm_statistics_become_the_plain_average_over_batches()
    {
        using var scope = NewDisposeScope();
        using var norm = nn.BatchNorm2d(2);
        using var network = nn.Sequential(("norm", norm));
        network.eval();
        Tensor[] batches = [randn(4, 2, 3, 3) + 5, randn(4, 2, 3, 3) - 1, randn(4, 2, 3, 3) * 3];
        BatchNormStatistics.Recompute(network, batches);
        var mean = stack([.. batches.Select(b => b.mean([0, 2, 3]))]).mean([0]);
        var variance = stack([.. batches.Select(b => b.transpose(0, 1).reshape(2, -1).var(1, unbiased: true))]).mean([0]);
        Assert.True((norm.running_mean! - mean).abs().max().item<float>() < 1e-5);
        Assert.True((norm.running_var! - variance).abs().max().item<float>() < 1e-4);
        Assert.False(network.training);
    }

    [Fact]
    public void Swapping_before_an_average_was_taken_is_refused()
    {
        using var weights = ones(2);
        using var averaging = new StochasticWeightAveraging([weights]);
        Assert.Throws<InvalidOperationException>(averaging.Swap);
    }

    [Fact]
    public void The_moving_average_of_a_ramp_is_the_sum_worked_out_by_hand()
    {
        using var network = nn.BatchNorm1d(1);
        using var average = new ExponentialMovingAverage(network, decay: 0.5);
        var expected = 1.0;
        for (var step = 1; step <= 20; step++)
        {
            using var scope = NewDisposeScope();
            using var guard = no_grad();
            network.weight!.fill_(step);
            network.get_buffer("num_batches_tracked")!.fill_(step);
            average.Update();
            var kept = Math.Min(0.5, (1.0 + step) / (10.0 + step));
            expected = (kept * expected) + ((1 - kept) * step);
        }

        average.Swap();
        using var ended = NewDisposeScope();
        Assert.Equal(expected, network.weight!.item<float>(), 1e-4);
        Assert.Equal(20, network.get_buffer("num_batches_tracked")!.item<long>());
        average.Swap();
        Assert.Equal(20, network.weight!.item<float>());
        Assert.Throws<ArgumentOutOfRangeException>(() => new ExponentialMovingAverage(network, decay: 1));
    }

    [Fact]
    public void Statistics_of_every_kind_of_batch_norm_become_those_of_the_batches()
    {
        using var scope = NewDisposeScope();
        var volumes = nn.BatchNorm3d(2, momentum: 0.37);
        var signals = nn.BatchNorm1d(2);
        var network = nn.Sequential(("volumes", volumes), ("flat", nn.Flatten(2)), ("signals", signals));
        Tensor[] batches = [randn([6, 2, 2, 3, 4]) + 5, (randn([3, 2, 2, 3, 4]) * 2) - 1];
        BatchNormStatistics.Recompute(network, batches);
        var weighted = batches.Select(b => (Mean: b.mean([0, 2, 3, 4]), Share: b.shape[0] / 9f)).Aggregate(zeros(2), (sum, part) => sum + (part.Mean * part.Share));
        Assert.True(volumes.get_buffer("running_mean")!.allclose(weighted, rtol: 1e-5, atol: 1e-6));
        Assert.True(signals.get_buffer("running_mean")!.abs().max().item<float>() < 1e-5);
        Assert.Equal(0.37, volumes.momentum);
    }

    [Fact]
    public void The_rate_is_constant_while_weights_are_averaged()
    {
        var cosine = new WarmupCosine(1e-3, totalSteps: 100, warmupSteps: 10, etaMin: 0);
        var late = new LateConstantRate(cosine, firstStep: 60);
        Assert.All(Enumerable.Range(0, 60), step => Assert.Equal(cosine.RateAt(step), late.RateAt(step)));
        Assert.All(Enumerable.Range(60, 60), step => Assert.Equal(cosine.RateAt(60), late.RateAt(step)));
        Assert.Equal(0.02, new LateConstantRate(cosine, 60, 0.02).RateAt(60));

        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => (o.Epochs, o.AverageWeightsFromEpoch, o.AverageLearningRate) = (4, 3, 1e-4)).Build();
        using var classifier = trainer.FineTune(trainer.Cnn, TinyTraining.Images(24), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal([1e-4, 1e-4], classifier.History.Skip(2).Select(row => row.LearningRate));
        Assert.NotEqual(1e-4, classifier.History[1].LearningRate);
    }

    [Fact]
    public void Without_a_batch_statistics_are_refused_and_stay()
    {
        using var network = nn.BatchNorm1d(2);
        using var seen = tensor(new[] { 1f, 2f, 3f, 4f }, [2, 2]);
        BatchNormStatistics.Recompute(network, [seen]);
        float[] before = [.. network.running_mean!.data<float>()];

        Assert.Throws<ArgumentException>(() => BatchNormStatistics.Recompute(network, []));
        Assert.Equal([2f, 3f], before);
        Assert.Equal(before, network.running_mean!.data<float>().ToArray());
    }
}
