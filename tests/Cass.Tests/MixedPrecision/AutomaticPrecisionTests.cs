using System.Text.Json.Nodes;
using Cass.Models;
using Cass.Tests.Training;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.MixedPrecision;

public sealed class AutomaticPrecisionTests : IDisposable
{
    private static readonly (int Height, int Width) Size = (32, 32);

    private readonly string folder = Path.Combine(Path.GetTempPath(), "cass-" + Guid.NewGuid().ToString("N"));

    public void Dispose()
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(119, 100, NumericPrecision.Float32)]
    [InlineData(120, 100, NumericPrecision.BFloat16)]
    [InlineData(100, 1300, NumericPrecision.Float32)]
    public void Bfloat16_is_chosen_where_float32_takes_a_fifth_longer(int single, int half, NumericPrecision expected)
    {
        var choice = PrecisionChoice.By(TimeSpan.FromMilliseconds(single), TimeSpan.FromMilliseconds(half), 16);

        Assert.Equal(expected, choice.Precision);
        Assert.Contains($"{single} ms in float32 and {half} ms in bfloat16", choice.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_measurement_leaves_random_numbers_networks_and_memory_as_they_were()
    {
        random.manual_seed(3);
        using var network = BackboneRegistry.Default.Create("resnet18", new BackboneOptions { NumClasses = 4 });
        var computation = new Computation(CPU, NumericPrecision.Auto);
        StepTimes.Measure([network], computation, Size, 2);
        var (weights, live) = (TinyTraining.Weights(network), DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        using var before = random.get_rng_state();

        var (single, half) = StepTimes.Measure([network], computation, Size, 2);

        using var after = random.get_rng_state();
        Assert.Equal(before.data<byte>().ToArray(), after.data<byte>().ToArray());
        Assert.Equal(weights, TinyTraining.Weights(network));
        Assert.All(network.parameters(), weight => Assert.Null(weight.grad));
        Assert.Equal(live + 2, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.True(single > TimeSpan.Zero && half > TimeSpan.Zero);
    }

    [Fact]
    public void Networks_are_measured_once_where_the_processor_has_bfloat16()
    {
        using var network = BackboneRegistry.Default.Create("resnet18", new BackboneOptions { NumClasses = 4 });
        var computation = new Computation(CPU, NumericPrecision.Auto);

        var choice = PrecisionChoice.For([network], computation, Size, 2);

        if (Bfloat16Support.MayHave(CPU))
        {
            Assert.Contains("passes of 2 images", choice.Reason, StringComparison.Ordinal);
            Assert.Same(choice, PrecisionChoice.For([network], computation, Size, 2));
        }
        else
        {
            Assert.Equal(new PrecisionChoice(NumericPrecision.Float32, "the processor has no instructions for bfloat16"), choice);
        }
    }

    [Fact]
    public void A_network_that_cannot_be_copied_or_computed_with_such_images_stays_in_float32()
    {
        Assert.SkipUnless(Bfloat16Support.MayHave(CPU), "The processor has no instructions for bfloat16.");
        using var network = BackboneRegistry.Default.Create("vit_tiny_patch16_224", new BackboneOptions { ImageHeight = 32, ImageWidth = 32 });
        var computation = new Computation(CPU, NumericPrecision.Auto);

        var ofOtherSize = PrecisionChoice.For([network], computation, (48, 48), 2);
        network.Factory = null;
        var withoutFactory = PrecisionChoice.For([network], computation, Size, 2);

        Assert.Equal(NumericPrecision.Float32, ofOtherSize.Precision);
        Assert.Contains("could not be measured: ", ofOtherSize.Reason, StringComparison.Ordinal);
        Assert.Equal(new PrecisionChoice(NumericPrecision.Float32, "a network without a Factory cannot be copied to measure it"), withoutFactory);
    }

    [Fact]
    public void Small_networks_train_in_float32_and_the_record_says_so()
    {
        Assert.Equal(Pretrained(NumericPrecision.Float32, null), Pretrained(NumericPrecision.Auto, null, builder => builder.RecordTo(folder)));

        var noted = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "precision.json")))!["pretraining"]!;
        Assert.Equal("Float32", (string?)noted["Precision"]);
        Assert.Contains(Bfloat16Support.MayHave(CPU) ? "small" : "no instructions", (string?)noted["Reason"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(NumericPrecision.BFloat16)]
    [InlineData(NumericPrecision.Float32)]
    public void A_run_goes_on_in_the_numbers_of_its_checkpoint(NumericPrecision precision)
    {
        var undisturbed = Pretrained(precision, null);
        Assert.Null(Pretrained(precision, folder, cancelAfter: 2));

        Assert.Equal(undisturbed, Pretrained(NumericPrecision.Auto, folder));
    }

    [Fact]
    public void A_checkpoint_in_numbers_that_are_never_chosen_is_refused()
    {
        Assert.Null(Pretrained(NumericPrecision.Float64, folder, cancelAfter: 2));

        var error = Assert.Throws<CheckpointMismatchException>(() => Pretrained(NumericPrecision.Auto, folder));
        Assert.Contains("Precision was \"Float64\" and is \"Auto\"", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void It_is_not_the_default_since_one_seed_is_to_give_one_result() => Assert.Equal(NumericPrecision.Float32, new CassOptions().Precision);

    private static Dictionary<string, double[]>? Pretrained(NumericPrecision precision, string? checkpoints, Action<CassTrainerBuilder>? configure = null, int cancelAfter = int.MaxValue)
    {
        var builder = TinyTraining.Builder().Configure(o => (o.Precision, o.Checkpoints.Folder) = (precision, checkpoints));
        configure?.Invoke(builder);
        using var trainer = builder.Build();
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var images = TinyTraining.Images(32);
        try
        {
            trainer.CheckPlan(new RunPlan { Unlabeled = images.Images }, cancel.Token);
            trainer.Pretrain(images.Images, new Observer(progress => Stop(progress.Batch)), cancel.Token);
            return TinyTraining.Weights(trainer.Cnn);
        }
        catch (OperationCanceledException)
        {
            return null;
        }

        void Stop(int batch)
        {
            if (batch >= cancelAfter)
            {
                cancel.Cancel();
            }
        }
    }
}
