using Cass.Models;
using Cass.Tests.Models;
using Cass.Training;
using Xunit;

namespace Cass.Tests.Training.FineTuning;

/// <summary>Which images an epoch leaves out with an incomplete last batch, and that the log says so.</summary>
public sealed class DropLastTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly LogLines log = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(48, 16, null, true, 0)]
    [InlineData(55, 16, null, true, 7)]
    [InlineData(56, 16, null, true, 0)]
    [InlineData(49, 16, null, true, 1)]
    [InlineData(49, 16, null, false, 0)]
    [InlineData(49, 2, null, true, 1)]
    [InlineData(49, 2, null, false, 0)]
    [InlineData(10, 3, null, true, 1)]
    [InlineData(11, 3, null, true, 0)]
    [InlineData(63, 16, true, false, 15)]
    [InlineData(48, 16, true, true, 0)]
    [InlineData(50, 16, false, true, 0)]
    public void Left_open_it_goes_by_the_size_of_the_last_batch_and_the_batch_norms(int images, int batchSize, bool? dropLast, bool needsStatistics, int expected)
    {
        var rule = new BatchRule(batchSize, dropLast, needsStatistics);
        Assert.Equal(expected, rule.LeftOut(images));
        Assert.Equal(expected > 0, rule.DropsLast(images));
        Assert.True(rule.Allows(images));
    }

    [Theory]
    [InlineData(TinyBackbones.ResNet, FineTuningScope.Full, true)]
    [InlineData(TinyBackbones.ResNet, FineTuningScope.LastStages, true)]
    [InlineData(TinyBackbones.ResNet, FineTuningScope.LinearProbe, false)]
    [InlineData(TinyBackbones.Transformer, FineTuningScope.Full, false)]
    [InlineData(TinyBackbones.ConvNeXt, FineTuningScope.Full, false)]
    public void Only_batch_norms_that_are_trained_count(string name, FineTuningScope scope, bool expected)
    {
        using var network = TinyBackbones.Registry().Create(name);
        Assert.Equal(expected, StageFreezing.TrainsBatchNorm(network, new FineTuningOptions { Scope = scope }));
    }

    [Fact]
    public void A_transformer_learns_from_all_images_and_a_cnn_from_all_but_a_few_of_which_the_log_tells_once()
    {
        using var trainer = Builder().Build();

        // 19 in batches of 8 leave 3; 20 leave 4, which is half a batch.
        Assert.Equal(3, BatchesOf(trainer, trainer.Transformer, 19));
        Assert.Equal(3, BatchesOf(trainer, trainer.Cnn, 20));
        Assert.DoesNotContain(log.Messages, message => message.Contains("leaves out", StringComparison.Ordinal));
        Assert.Equal(2, BatchesOf(trainer, trainer.Cnn, 19));
        Assert.Equal(
            "Fine-tuning of tiny_resnet leaves out 3 of 19 images in each epoch, others each time: the last batch is too small for batches of 8. FineTuning.DropLast decides about it.",
            Assert.Single(log.Messages, message => message.Contains("leaves out", StringComparison.Ordinal)));
    }

    [Fact]
    public void Pretraining_says_how_many_images_it_leaves_out_as_the_interface_spells_it()
    {
        using var trainer = Builder().SpellSettings(SettingNames.Of(new Dictionary<string, string>())).Build();
        trainer.Pretrain(TinyTraining.Images(11).Images, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Contains("Pretraining leaves out 3 of 11 images in each epoch, others each time: the last batch is too small for batches of 8.", log.Messages);
        trainer.Pretrain(TinyTraining.Images(16).Images, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Single(log.Messages, message => message.Contains("leaves out", StringComparison.Ordinal));
    }

    [Fact]
    public void A_plan_knows_the_batches_of_each_network()
    {
        var images = TinyTraining.Images(19);
        using (var trainer = Builder().CheckpointTo(folder.Path).Build())
        {
            foreach (var network in new[] { trainer.Cnn, trainer.Transformer })
            {
                using var classifier = trainer.FineTune(network, images, cancellationToken: TestContext.Current.CancellationToken);
            }
        }

        using var again = Builder().CheckpointTo(folder.Path).Build();
        again.CheckPlan(new RunPlan { Train = images }, TestContext.Current.CancellationToken);
    }

    /// <summary>What the published figures were computed with stays, whatever the default.</summary>
    [Fact]
    public void The_published_recipes_keep_their_batches()
    {
        Assert.Equal([null, false, false, true], CassRecipe.All.Select(recipe =>
        {
            var options = new CassOptions();
            recipe.Apply(options);
            return options.FineTuning.DropLast;
        }));
        Assert.Equal([true, false, false, true], CassRecipe.All.Select(recipe =>
        {
            var options = new CassOptions();
            recipe.Apply(options);
            return options.Pretraining.DropLast;
        }));
    }

    private CassTrainerBuilder Builder() => TinyTraining.Builder().UseLogger(log).ConfigureFineTuning(o => o.Epochs = 1);

    private static int BatchesOf(CassTrainer trainer, Backbone network, int images)
    {
        var batches = 0;
        using var classifier = trainer.FineTune(network, TinyTraining.Images(images), progress: new Observer(_ => batches++), cancellationToken: TestContext.Current.CancellationToken);
        return batches;
    }
}
