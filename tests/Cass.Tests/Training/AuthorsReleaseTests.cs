using Cass.Data;
using Cass.Tests.Data;
using Cass.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

/// <summary>The authors' first release, where it differs from the version that the reproduction ran.</summary>
public sealed class AuthorsReleaseTests
{
    [Fact]
    public void Pretraining_without_updates_moves_running_statistics_alone()
    {
        using var trainer = TinyTraining.Builder().ConfigurePretraining(o => (o.UpdateWeights, o.Epochs) = (false, 2)).Build();
        var (cnn, transformer) = (TinyTraining.Weights(trainer.Cnn), TinyTraining.Weights(trainer.Transformer));
        var backbones = trainer.Pretrain(TinyTraining.Images(32).Images, cancellationToken: TestContext.Current.CancellationToken);
        var changed = TinyTraining.Weights(backbones.Cnn).Where(e => !e.Value.SequenceEqual(cnn[e.Key])).Select(e => e.Key).ToList();
        Assert.Equal(trainer.Cnn.named_buffers().Select(b => b.name).Order(StringComparer.Ordinal), changed.Order(StringComparer.Ordinal));
        Assert.All(TinyTraining.Weights(backbones.Transformer), e => Assert.Equal(transformer[e.Key], e.Value));
        Assert.All(trainer.Cnn.parameters(), parameter => Assert.Null(parameter.grad));
        Assert.All(backbones.History, row => Assert.Empty(row.GradientNorms));
    }

    [Fact]
    public void Losses_and_rates_are_those_of_a_step_that_was_not_taken()
    {
        var (still, moving) = (Run(updateWeights: false), Run(updateWeights: true));
        Assert.Equal(moving[0], still[0]);
        Assert.NotEqual(moving[1].Loss, still[1].Loss);
        Assert.Equal(moving.Select(step => step.Rate), still.Select(step => step.Rate));

        static List<(double Loss, double Rate)> Run(bool updateWeights)
        {
            var losses = new LossRecorder();
            using var trainer = TinyTraining.Builder()
                .UseRecipe(CassRecipe.AuthorsRelease)
                .ConfigurePretraining(o => (o.Epochs, o.UpdateWeights) = (3, updateWeights))
                .Build();
            var backbones = trainer.Pretrain(TinyTraining.Images(8).Images, losses, TestContext.Current.CancellationToken);
            return [.. losses.Values.Zip(backbones.History, (loss, row) => (loss, row.LearningRate))];
        }
    }

    [Fact]
    public void The_recipe_has_what_tells_the_release_from_the_version_that_was_reproduced()
    {
        var (release, notebook) = (new CassOptions(), new CassOptions());
        CassRecipe.AuthorsRelease.Apply(release);
        CassRecipe.NotebookFaithful.Apply(notebook);
        Assert.Same(CassRecipe.AuthorsRelease, CassRecipe.Parse("authors-release"));
        Assert.Equal([0.485, 0.456, 0.406], release.Images.Mean);
        Assert.Equal([0.229, 0.224, 0.225], release.Images.Std);
        Assert.Equal(
            (false, true),
            (release.Images.JitterBeforeAffine, notebook.Images.JitterBeforeAffine));
        Assert.Equal((false, true, true), (release.Pretraining.UpdateWeights, release.Pretraining.DropLast, release.FineTuning.DropLast));
        Assert.Equal((true, false, false), (notebook.Pretraining.UpdateWeights, notebook.Pretraining.DropLast, notebook.FineTuning.DropLast));
        Assert.Equal((true, false), (release.FineTuning.CountEmptyAsHealthy, notebook.FineTuning.CountEmptyAsHealthy));
        Assert.Equal((false, true), (release.Evaluation.AugmentImages, notebook.Evaluation.AugmentImages));
        Assert.Equal((false, true), (release.FineTuning.LogF1AsRecall, notebook.FineTuning.LogF1AsRecall));
    }

    [Fact]
    public void The_rotation_may_come_without_color_jitter()
    {
        var statistics = ChannelStatistics.BrainTumorMri;
        var byHand = new ImagePipeline(
            [
                new Resize(20, 20),
                new RandomApply([new ColorJitter(0.2, 0.2, 0.2), new RandomPerspective(0.2, 0.5)], 0.3),
                new RandomApply([new RandomAffine(10)], 0.3),
                new RandomVerticalFlip(0.3),
                new RandomHorizontalFlip(0.3),
            ],
            statistics);
        Assert.Equal(Seen(byHand), Seen(CassTransforms.Training(20, 20, statistics, jitterBeforeAffine: false)));
        Assert.NotEqual(Seen(byHand), Seen(CassTransforms.Training(20, 20, statistics)));

        static float[] Seen(ImagePipeline pipeline)
        {
            using var loader = new ImageLoader(TestImages.Dataset(24), pipeline, new ImageLoaderOptions { BatchSize = 24, Workers = 1 });
            using var batch = loader.ReadEpoch(1).Single();
            return batch.Images.data<float>().ToArray();
        }
    }

    [Fact]
    public void Training_metrics_may_count_the_label_healthy()
    {
        // No probability exceeds 0.99: each image is a 'healthy' too many, and its label is missed. Without it F1 is 0 too,
        // but for images without any label 'healthy' is a hit.
        using var trainer = TinyTraining.Builder()
            .ConfigureFineTuning(o => (o.Epochs, o.Threshold, o.CountEmptyAsHealthy) = (1, 0.99, true))
            .Build();
        var train = new TensorBatches(2, 4, _ => rand(4, 3, 32, 32), batch => batch == 0 ? eye(4) : zeros(4, 4));
        using var classifier = trainer.FineTune(trainer.Transformer, TinyImage.Labels, [1, 1, 1, 1], train, train, cancellationToken: TestContext.Current.CancellationToken);
        var row = Assert.Single(classifier.History);

        // TP 4; FP 4; FN 4.
        Assert.Equal((0.5, 0.5, 0.5), (row.F1, row.Recall, row.ValidationF1));
    }
}
