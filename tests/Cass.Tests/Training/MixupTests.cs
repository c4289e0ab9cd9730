using Cass.Data;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

public sealed class MixupTests
{
    [Fact]
    public void Mixup_blends_each_image_and_its_target_with_the_one_from_the_end()
    {
        using var scope = NewDisposeScope();
        var (images, targets) = (rand(4, 3, 6, 5), eye(4));
        var (mixed, labels) = new Mixup(new MixupOptions { MixupAlpha = 0.8 }).Apply(images, targets, new Xoshiro256Random(1));
        var share = labels[0, 0].item<float>();
        Assert.InRange(share, 0.001, 0.999);
        Assert.True(mixed.allclose((images * share) + (images.flip(0) * (1 - share)), rtol: 1e-5, atol: 1e-6));
        Assert.True(labels.allclose((targets * share) + (targets.flip(0) * (1 - share)), rtol: 1e-5, atol: 1e-6));
    }

    [Fact]
    public void CutMix_takes_one_rectangle_and_the_targets_in_proportion_to_its_area()
    {
        using var scope = NewDisposeScope();
        for (var seed = 0UL; seed < 50; seed++)
        {
            var (images, targets) = (arange(4, float32).view(4, 1, 1, 1).expand(4, 3, 16, 12).clone(), eye(4));
            var (mixed, labels) = new Mixup(new MixupOptions { CutMixAlpha = 1 }).Apply(images, targets, new Xoshiro256Random(seed));
            var taken = mixed[0, 0].data<float>().Select((value, i) => (Value: value, Row: i / 12, Column: i % 12)).Where(pixel => pixel.Value != 0).ToList();
            Assert.All(taken, pixel => Assert.Equal(3, pixel.Value));
            if (taken.Count > 0)
            {
                var (height, width) = (taken.Max(p => p.Row) - taken.Min(p => p.Row) + 1, taken.Max(p => p.Column) - taken.Min(p => p.Column) + 1);
                Assert.Equal(taken.Count, height * width);
            }

            Assert.Equal(1 - (taken.Count / 192.0), labels[0, 0].item<float>(), 1e-6);
            Assert.Equal(taken.Count / 192.0, labels[0, 3].item<float>(), 1e-6);
            Assert.True(mixed[0, 0].equal(mixed[0, 2]).all().item<bool>());
        }
    }

    [Fact]
    public void Both_are_chosen_and_left_out_as_often_as_the_options_say()
    {
        using var scope = NewDisposeScope();
        var (images, targets) = (arange(2, float32).view(2, 1, 1, 1).expand(2, 1, 8, 8).clone(), eye(2));
        var mixup = new Mixup(new MixupOptions { MixupAlpha = 1, CutMixAlpha = 1, Probability = 0.6, SwitchProbability = 0.25 });
        var (untouched, blended, shares) = (0, 0, new List<double>());
        for (var seed = 0UL; seed < 2000; seed++)
        {
            var (mixed, labels) = mixup.Apply(images, targets, new Xoshiro256Random(seed));
            var pixels = mixed[0].data<float>().ToArray();
            untouched += pixels.All(p => p == 0) && labels[0, 0].item<float>() == 1 ? 1 : 0;
            if (pixels.Distinct().Count() == 1 && pixels[0] is > 0 and < 1)
            {
                blended++;
                shares.Add(pixels[0]);
            }
        }

        // 800 and 900 expected; CutMix may cut nothing of so small an image. Beta(1, 1) is even: mean 1/2, variance 1/12.
        Assert.InRange(untouched, 740, 960);
        Assert.InRange(blended, 830, 970);
        Assert.InRange(shares.Average(), 0.47, 0.53);
        Assert.InRange(shares.Average(s => (s - 0.5) * (s - 0.5)), 0.075, 0.092);
    }

    [Fact]
    public void Fine_tuning_takes_mixed_and_smoothed_targets_and_goes_on_bit_equal_after_an_interruption()
    {
        using var folder = new TemporaryFolder();
        var undisturbed = FineTuned(checkpoints: null, cancelAfter: int.MaxValue)!;
        Assert.Null(FineTuned(folder.Path, cancelAfter: 6));
        Assert.Equal(undisturbed, FineTuned(folder.Path, cancelAfter: int.MaxValue));
    }

    [Fact]
    public void Targets_between_0_and_1_that_a_caller_brings_are_learned_from_and_counted_by_the_half()
    {
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => o.Epochs = 1).Build();
        using var soft = tensor(new[,] { { 0.7f, 0.3f, 0, 0 }, { 0.2f, 0.8f, 0, 0 }, { 0, 0, 0.4f, 0.6f }, { 0.1f, 0, 0.9f, 0 } });
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var batches = new TensorBatches(3, 4, _ => randn(4, 3, 32, 32), _ => soft.clone());
        using (var classifier = trainer.FineTune(trainer.Cnn, TinyImage.Labels, [1, 1, 1, 1], batches, cancellationToken: TestContext.Current.CancellationToken))
        {
            Assert.True(double.IsFinite(classifier.History[0].Loss));
            Assert.InRange(classifier.History[0].F1, 0, 1);
        }

        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static Dictionary<string, double[]>? FineTuned(string? checkpoints, int cancelAfter)
    {
        var builder = TinyTraining.Builder().ConfigureFineTuning(o =>
        {
            (o.Epochs, o.LabelSmoothing, o.EmaDecay) = (3, 0.1, 0.9);
            (o.Mixup.MixupAlpha, o.Mixup.CutMixAlpha) = (0.8, 1);
        });
        using var trainer = (checkpoints is null ? builder : builder.CheckpointTo(checkpoints)).Build();
        using var source = new CancellationTokenSource();
        var steps = 0;
        try
        {
            using var classifier = trainer.FineTune(
                trainer.Cnn,
                TinyTraining.Images(32),
                TinyTraining.Images(16, 1000),
                new Observer(_ =>
                {
                    if (++steps == cancelAfter)
                    {
                        source.Cancel();
                    }
                }),
                source.Token);
            return TinyTraining.Weights(classifier.Network);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
