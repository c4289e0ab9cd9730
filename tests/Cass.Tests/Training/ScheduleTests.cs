using System.Text.Json;
using Cass.Tests.Models;
using Cass.Tests.Reference;
using Cass.Training;
using Xunit;

namespace Cass.Tests.Training;

public sealed class ScheduleTests
{
    private static readonly double[] Printed =
    [
        0.0002886199901104358, 0.0002562124637873931, 0.00020771117313860425, 0.00015050000000000813,
        9.328882686144916e-05, 4.478753621261033e-05, 1.2380009889564934e-05, 1e-06,
    ];

    [Fact]
    [Trait("Category", "Reference")]
    public void Chained_cosine_follows_PyTorch_step_by_step()
    {
        foreach (var (file, document) in ReferenceFolder.Json("schedule*.json"))
        {
            foreach (var schedule in document.RootElement.EnumerateObject())
            {
                var expected = schedule.Value.GetProperty("after_step").EnumerateArray().Select(e => e.GetDouble()).ToArray();
                var actual = new ChainedCosineAnnealing(
                    schedule.Value.GetProperty("lr").GetDouble(),
                    schedule.Value.GetProperty("t_max").GetInt32(),
                    schedule.Value.GetProperty("eta_min").GetDouble());
                for (var i = 0; i < expected.Length; i++)
                {
                    var rate = actual.RateAt(i + 1);
                    Assert.True(Math.Abs(rate - expected[i]) <= 1e-9 * expected[i], $"{file}, {schedule.Name}, step {i + 1}: {rate} instead of {expected[i]}");
                }
            }
        }
    }

    [Fact]
    public void The_published_rates_after_each_fine_tuning_epoch_come_out()
    {
        var schedule = new ChainedCosineAnnealing(3e-4, 16, 1e-6);
        for (var epoch = 0; epoch < Printed.Length; epoch++)
        {
            Assert.Equal(Printed[epoch], schedule.RateAt(286L * (epoch + 1)), Printed[epoch] * 1e-9);
        }
    }

    [Fact]
    public void The_trainer_has_the_published_rates_after_epochs_of_286_batches()
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        using var trainer = CassTrainer.CreateBuilder()
            .UseRegistry(TinyBackbones.Registry())
            .UseCnn(TinyBackbones.ResNet)
            .UseTransformer(TinyBackbones.Transformer)
            .UseRecipe(CassRecipe.Published)
            .WithImageSize(16)
            .OnDevice(TrainingDevice.Cpu)
            .Build();
        var batches = new TensorBatches(286, 2, _ => TorchSharp.torch.randn(2, 3, 16, 16), _ => TorchSharp.torch.eye(2));
        using var enough = new CancellationTokenSource();
        var ofFirstBatches = new List<double>();
        var watch = new Observer(progress =>
        {
            if (progress.Batch == 1)
            {
                ofFirstBatches.Add(progress.Figures["learning rate"]);
            }

            if (progress.Epoch == 4)
            {
                enough.Cancel();
            }
        });
        Assert.Throws<OperationCanceledException>(() => trainer.FineTune(trainer.Transformer, new LabelMap(["a", "b"]), [1, 1], batches, progress: watch, cancellationToken: enough.Token));

        // What is printed after an epoch is the rate that the next one begins with.
        Assert.Equal(3e-4, ofFirstBatches[0]);
        Assert.All(ofFirstBatches.Skip(1).Index(), rate => Assert.Equal(Printed[rate.Index], rate.Item, Printed[rate.Index] * 1e-9));
        Assert.Equal(4, ofFirstBatches.Count);
    }

    [Theory]
    [InlineData(1e-3, 16, 1e-6)]
    [InlineData(3e-4, 7, 0)]
    public void Chained_cosine_equals_the_closed_form(double rate, int tMax, double etaMin)
    {
        var chained = new ChainedCosineAnnealing(rate, tMax, etaMin);
        for (var step = 0; step < 20 * tMax; step++)
        {
            var closed = etaMin + ((rate - etaMin) * (1 + Math.Cos(Math.PI * step / tMax)) / 2);
            Assert.Equal(closed, chained.RateAt(step), rate * 1e-9);
        }
    }

    [Theory]
    [InlineData(1e-3, 16, 1e-6)]
    [InlineData(3e-4, 7, 0)]
    public void The_closed_form_equals_the_chained_one(double rate, int tMax, double etaMin)
    {
        var chained = new ChainedCosineAnnealing(rate, tMax, etaMin);
        var closed = new CosineAnnealing(rate, tMax, etaMin);
        Assert.All(Enumerable.Range(0, 20 * tMax), step => Assert.Equal(chained.RateAt(step), closed.RateAt(step), rate * 1e-9));
    }

    /// <summary>What PyTorch 1.13's <c>CosineAnnealingWarmRestarts</c> printed for a rate of 0.01, from step 0 on.</summary>
    [Theory]
    [InlineData(5, 1, 1e-6, new[] { 0.01, 0.00904518046337755, 0.00654543046337755, 0.0034555695366224513, 0.0009558195366224509, 0.01, 0.00904518046337755, 0.00654543046337755 })]
    [InlineData(4, 2, 0.0, new[] { 0.01, 0.008535533905932738, 0.005, 0.0014644660940672626, 0.01, 0.009619397662556433, 0.008535533905932738, 0.00691341716182545, 0.005, 0.0030865828381745515, 0.0014644660940672626, 0.0003806023374435663, 0.01, 0.009903926402016152 })]
    [InlineData(3, 3, 1e-4, new[] { 0.01, 0.007525000000000001, 0.0025750000000000013, 0.01, 0.009701478472890247, 0.00884191999343894, 0.007525000000000001, 0.005909558479451306, 0.004190441520548696, 0.0025750000000000013, 0.0012580800065610596, 0.00039852152710975384, 0.01, 0.009966529870822619 })]
    public void Warm_restarts_follow_PyTorch(int firstPeriod, int factor, double etaMin, double[] expected)
    {
        var schedule = new CosineWarmRestarts(0.01, firstPeriod, factor, etaMin);
        for (var step = 0; step < expected.Length; step++)
        {
            Assert.Equal(expected[step], schedule.RateAt(step), 1e-12);
        }
    }

    /// <summary>What the rule of PyTorch's <c>MultiStepLR</c> gives, written out: a factor for each milestone that has been reached.</summary>
    [Fact]
    public void Multi_step_has_a_factor_more_from_each_milestone_on()
    {
        var schedule = new MultiStep(0.8, [2, 5, 5], gamma: 0.5);
        double[] expected = [0.8, 0.8, 0.4, 0.4, 0.4, 0.1, 0.1];
        Assert.All(expected.Index(), step => Assert.Equal(step.Item, schedule.RateAt(step.Index), 1e-15));
        Assert.Equal(0.8, new MultiStep(0.8, []).RateAt(1000));
        Assert.Contains("Milestone 1 is 3", Assert.Throws<ArgumentException>(() => new MultiStep(0.8, [4, 3])).Message, StringComparison.Ordinal);
        Assert.Contains("the factor 0", Assert.Throws<ArgumentOutOfRangeException>(() => new MultiStep(0.8, [4], gamma: 0)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => schedule.RateAt(-1));
    }

    [Fact]
    public void A_rate_does_not_depend_on_the_order_of_the_questions()
    {
        var forward = new ChainedCosineAnnealing(1e-3, 16, 1e-6);
        var rates = Enumerable.Range(0, 100).Select(i => forward.RateAt(i)).ToArray();
        var backward = new ChainedCosineAnnealing(1e-3, 16, 1e-6);
        Assert.All(Enumerable.Range(0, 100).Reverse(), i => Assert.Equal(rates[i], backward.RateAt(i)));
    }

    [Fact]
    public void Warm_up_rises_linearly_to_the_rate_and_the_cosine_ends_at_the_minimum()
    {
        var schedule = new WarmupCosine(1e-3, totalSteps: 100, warmupSteps: 10, etaMin: 1e-6);
        Assert.Equal(1e-4, schedule.RateAt(0), 1e-15);
        Assert.Equal(1e-3, schedule.RateAt(9), 1e-15);
        Assert.Equal(1e-3, schedule.RateAt(10), 1e-15);
        Assert.Equal((1e-3 + 1e-6) / 2, schedule.RateAt(55), 1e-15);
        Assert.Equal(1e-6, schedule.RateAt(100), 1e-15);
        Assert.Equal(1e-6, schedule.RateAt(1000), 1e-15);
    }

    [Fact]
    public void No_warm_up_starts_at_the_rate() => Assert.Equal(1e-3, new WarmupCosine(1e-3, 100, 0, 0).RateAt(0));
}
