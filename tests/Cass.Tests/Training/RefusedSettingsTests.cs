using Cass.Data;
using Cass.Training;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Cass.Tests.Training;

/// <summary>Settings that cannot work together, and data that cannot work with them, are refused before anything is trained.</summary>
public sealed class RefusedSettingsTests
{
    public static TheoryData<string, Action<CassOptions>> Contradictions { get; } = new()
    {
        { "Pretraining.LearningRate.EtaMin is 1, above Pretraining.LearningRate.Rate, which is 0.0001", o => (o.Pretraining.LearningRate.Rate, o.Pretraining.LearningRate.EtaMin) = (1e-4, 1) },
        { "FineTuning.AverageWeightsFromEpoch is 3, after the last of 2 epochs", o => (o.FineTuning.Epochs, o.FineTuning.AverageWeightsFromEpoch) = (2, 3) },
        { "FineTuning.ClassWeights gives the class 'rows' a weight of -1", o => o.FineTuning.ClassWeights = new Dictionary<string, double> { ["plain"] = 1, ["rows"] = -1 } },
        { "FineTuning.ClassWeights gives the class 'rows' a weight of NaN", o => o.FineTuning.ClassWeights = new Dictionary<string, double> { ["rows"] = double.NaN } },
        { "FineTuning.ClassWeights are all 0", o => o.FineTuning.ClassWeights = new Dictionary<string, double> { ["rows"] = 0 } },
        { "Images.Mean has 1 values; it needs 3", o => o.Images.Mean = [0.5] },
        { "Images.Std has 6 values; it needs 3", o => o.Images.Std = [1, 1, 1, 1, 1, 1] },
        { "Images.Std cannot be used: The standard deviation of the blue channel is 5E-324", o => o.Images.Std = [1, 1, double.Epsilon] },
        { "Images.Std cannot be used: The mean of the red channel is NaN", o => o.Images.Mean = [double.NaN, 0, 0] },
        { "FineTuning.BestEpoch is 7; it must be one of F1ThenLoss, Loss, F1, Auroc", o => o.FineTuning.BestEpoch = (BestEpoch)7 },
        { "FineTuning.Loss is 9; it must be one of Focal, SoftmaxFocal, CrossEntropy", o => o.FineTuning.Loss = (FineTuningLoss)9 },
        { "FineTuning.Threshold is 0.4, but FineTuning.Loss is CrossEntropy", o => (o.FineTuning.Loss, o.FineTuning.Threshold) = (FineTuningLoss.CrossEntropy, 0.4) },
        { "FineTuning.TuneThresholds is set, but FineTuning.Loss is SoftmaxFocal", o => (o.FineTuning.Loss, o.FineTuning.TuneThresholds) = (FineTuningLoss.SoftmaxFocal, true) },
        { "FineTuning.CountEmptyAsHealthy is set, but FineTuning.Loss is CrossEntropy", o => (o.FineTuning.Loss, o.FineTuning.CountEmptyAsHealthy) = (FineTuningLoss.CrossEntropy, true) },
        { "Seed is -1; it must be at least 0 and at most 4294967295", o => o.Seed = -1 },
        { "Seed is 4294967296; it must be at least 0 and at most 4294967295", o => o.Seed = 1L << 32 },
        { "Cnn.Name is not set", o => o.Cnn.Name = " " },
        { "Transformer.Name is not set", o => o.Transformer.Name = null! },
        { "Cnn.Weights is ''", o => o.Cnn.Weights = string.Empty },
        { "Checkpoints.Folder is ''", o => o.Checkpoints.Folder = string.Empty },
        { "Checkpoints.RunName is 'fold-1', but Checkpoints.Folder is not set", o => o.Checkpoints.RunName = "fold-1" },
        { "RecordFolder is ' '", o => o.RecordFolder = " " },
        { "TensorBoardFolder is ''", o => o.TensorBoardFolder = string.Empty },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void A_contradiction_is_named_when_the_trainer_is_built(string expected, Action<CassOptions> configure)
    {
        var error = Assert.Throws<InvalidOptionsException>(() => TinyTraining.Builder().Configure(configure).Build());
        Assert.Contains(expected, Assert.Single(error.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void The_largest_seed_of_NumPy_trains()
    {
        using var trainer = TinyTraining.Builder().WithSeed(uint.MaxValue).ConfigurePretraining(o => o.ImageFraction = 0.5).ConfigureFineTuning(o => (o.Epochs, o.LabelFraction) = (1, 0.5)).Build();
        var images = TinyTraining.Images(32);
        var backbones = trainer.Pretrain(images.Images, cancellationToken: TestContext.Current.CancellationToken);
        using var classifier = trainer.FineTune(backbones.Transformer, images, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Single(classifier.History);
    }

    [Fact]
    public void A_constant_rate_may_be_below_the_lowest_rate_of_the_curves()
    {
        using var trainer = TinyTraining.Builder().ConfigurePretraining(o => o.LearningRate = new LearningRateOptions { Rate = 1e-8, Schedule = ScheduleKind.Constant }).Build();
        Assert.Equal(1e-8, trainer.Options.Pretraining.LearningRate.Rate);
    }

    [Fact]
    public void Settings_that_are_changed_after_the_trainer_was_built_have_no_effect()
    {
        CassOptions? given = null;
        using var trainer = TinyTraining.Builder()
            .ConfigureFineTuning(o => o.ClassWeights = new Dictionary<string, double>(StringComparer.Ordinal) { ["a"] = 1, ["b"] = 2 })
            .Configure(options => (given, options.Images.Mean) = (options, new[] { 0.1, 0.2, 0.3 }))
            .Build();
        given!.Pretraining.Epochs = 0;
        given.FineTuning.Epochs = -3;
        ((IList<double>)given.Images.Mean)[0] = 7;
        ((IDictionary<string, double>)given.FineTuning.ClassWeights!)["a"] = -1;
        trainer.Options.Pretraining.Epochs = 0;

        Assert.Equal(1, trainer.Options.Pretraining.Epochs);
        Assert.Equal(0.1, trainer.Options.Images.Mean[0]);
        Assert.Equal(1, trainer.Options.FineTuning.ClassWeights!["a"]);
        Assert.Single(trainer.Pretrain(TinyTraining.Images(8).Images, cancellationToken: TestContext.Current.CancellationToken).History);
    }

    [Fact]
    public void A_last_batch_of_one_image_is_refused_where_batch_statistics_are_needed()
    {
        using var trainer = TinyTraining.Builder().ConfigurePretraining(o => o.DropLast = false).ConfigureFineTuning(o => o.DropLast = false).Build();
        var images = TinyTraining.Images(17);
        var error = Assert.Throws<CassInputException>(() => trainer.Pretrain(images.Images));
        Assert.Contains("17 images in batches of 8 leave a last batch of one image", error.Message, StringComparison.Ordinal);
        Assert.Contains("Pretraining.DropLast", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<CassInputException>(() => trainer.FineTune(trainer.Cnn, images));
        Assert.Contains("FineTuning.DropLast", error.Message, StringComparison.Ordinal);
        using var classifier = trainer.FineTune(trainer.Transformer, images);
        Assert.Equal(2, classifier.History.Count);
    }

    [Fact]
    public void Weights_that_are_not_finite_end_a_run_without_checkpoints_too()
    {
        using var trainer = TinyTraining.Builder().Build();
        using (TorchSharp.torch.no_grad())
        {
            trainer.Cnn.named_buffers().First(b => b.name == "layer4.0.bn2.running_var").buffer.fill_(double.NaN);
        }

        var error = Assert.Throws<TrainingFailedException>(() => trainer.FineTune(trainer.Cnn, TinyTraining.Images(16)));
        Assert.Contains("layer4.0.bn2.running_var", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_without_a_labeled_image_is_named()
    {
        using var trainer = TinyTraining.Builder().Build();
        var images = ImageDataset.FromImages(Enumerable.Range(0, 8).Select(i => ((IImageSource)new TinyImage(i % 3, i), TinyImage.Labels[i % 3])), TinyImage.Labels);
        var error = Assert.Throws<CassInputException>(() => trainer.FineTune(trainer.Cnn, images));
        Assert.Contains("'centre' has none of the 8 labelled images", error.Message, StringComparison.Ordinal);
        Assert.Contains("FineTuning.LabelFraction", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_validation_dataset_without_images_is_refused()
    {
        using var trainer = TinyTraining.Builder().Build();
        var (train, none) = (TinyTraining.Images(8), TinyTraining.Images(8).Where(_ => false));
        Assert.Equal(0, none.Count);
        var error = Assert.Throws<CassInputException>(() => trainer.FineTune(trainer.Cnn, train, none));
        Assert.Contains("validation dataset has no images", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Pretraining:Epoch", "Pretraining.Epoch is not a setting; did you mean 'Epochs'")]
    [InlineData("FineTuning:LearningRate:Rat", "FineTuning.LearningRate.Rat is not a setting; did you mean 'Rate'")]
    [InlineData("Recipes", "Recipes is not a setting")]
    public void A_key_of_the_configuration_that_is_not_a_setting_is_refused(string key, string expected)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Cass:Recipe", "Published"), new($"Cass:{key}", "1")]).Build();
        using var provider = new ServiceCollection().AddCass(configuration.GetSection("Cass")).BuildServiceProvider();
        using var scope = provider.CreateScope();
        var error = Assert.Throws<InvalidOptionsException>(() => scope.ServiceProvider.GetRequiredService<CassTrainer>());
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Pretraining:Epochs", "0", "Pretraining.Epochs is 0")]
    [InlineData("Pretraining:Epoch", "1", "did you mean 'Epochs'")]
    public void A_host_does_not_start_with_settings_that_cannot_be_used(string key, string value, string expected)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new($"Cass:{key}", value)]).Build();
        using var provider = new ServiceCollection().AddCass(configuration.GetSection("Cass")).BuildServiceProvider();

        // What a host calls before anything else.
        var error = Record.Exception(() => provider.GetRequiredService<IStartupValidator>().Validate());
        Assert.NotNull(error);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Channel_statistics_come_from_the_configuration_alone()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
        [
            new("Cass:Cnn:Name", "resnet18"), new("Cass:Transformer:Name", "vit_tiny_patch16_224"), new("Cass:Images:Height", "32"),
            new("Cass:Images:Mean:0", "0.1"), new("Cass:Images:Mean:1", "0.2"), new("Cass:Images:Mean:2", "0.3"),
            new("Cass:FineTuning:ClassWeights:rows", "2"),
        ]).Build();
        using var provider = new ServiceCollection().AddCass(configuration.GetSection("Cass")).BuildServiceProvider();
        using var scope = provider.CreateScope();
        var trainer = scope.ServiceProvider.GetRequiredService<CassTrainer>();
        Assert.Equal([0.1, 0.2, 0.3], trainer.Options.Images.Mean);
        Assert.Equal(3, trainer.Options.Images.Std.Count);
        Assert.Equal(2, trainer.Options.FineTuning.ClassWeights!["rows"]);
    }
}
