using System.Globalization;
using Cass.Data;
using Cass.Models;
using Cass.Tests.Data;
using Cass.Training;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Cass.Tests.Training.Planning;

/// <summary>What would end a run, or take the meaning from its figures, is known before the first step.</summary>
public sealed class PlanCheckTests
{
    [Fact]
    public void A_plan_that_can_be_carried_out_gives_the_labeled_images()
    {
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => o.LabelFraction = 0.5).Build();
        var images = TinyTraining.Images(32);
        var found = trainer.CheckPlan(new RunPlan { Unlabeled = images.Images, Train = images, Validation = TinyTraining.Images(8), Test = TinyTraining.Images(8) });
        Assert.Equal(16, found.Labeled!.Count);
        Assert.Empty(found.Warnings);
    }

    [Theory]
    [InlineData(0.08, "'d' has none of the 5 labelled images, which are 0.08 of the 68 training images (8 of 'd')")]
    [InlineData(0.001, "A label fraction of 0.001 of 68 training images leaves no labelled image")]
    [InlineData(0.05, "Fine-tuning with batches of 4 needs at least as many images; there are 3 labelled images, 0.05 of 68")]
    public void A_label_fraction_that_is_too_small_is_named_with_one_that_is_enough(double share, string expected)
    {
        var images = Named(("a", 30), ("b", 30), ("d", 8));
        Assert.Equal(0, share < 0.02 ? 0 : images.Sample(share).ClassCounts[2]);
        using var trainer = TinyTraining.Builder().ConfigurePretraining(o => o.BatchSize = 4).ConfigureFineTuning(o => (o.LabelFraction, o.BatchSize) = (share, 4)).Build();
        var error = Refused(trainer, new RunPlan { Unlabeled = images.Images, Train = images });
        Assert.Contains(expected, error, StringComparison.Ordinal);

        var raise = $"aise FineTuning.LabelFraction from {share.ToString(CultureInfo.InvariantCulture)} to ";
        Assert.Contains(raise, error, StringComparison.Ordinal);
        var enough = double.Parse(error.Split(raise)[1].Split(',')[0].TrimEnd('.'), CultureInfo.InvariantCulture);
        using var raised = TinyTraining.Builder().ConfigureFineTuning(o => (o.LabelFraction, o.BatchSize) = (enough, 4)).Build();
        Assert.All(raised.CheckPlan(new RunPlan { Train = images }).Labeled!.ClassCounts, count => Assert.NotEqual(0, count));
    }

    [Fact]
    public void A_stratified_label_fraction_keeps_the_shares_of_the_classes()
    {
        var images = Named(("a", 100), ("b", 60), ("d", 40));
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => (o.LabelFraction, o.BatchSize, o.StratifyLabelFraction) = (0.1, 4, true)).Build();
        var labeled = trainer.CheckPlan(new RunPlan { Train = images }).Labeled!;
        Assert.Equal([10, 6, 4], labeled.ClassCounts);
        Assert.Equal(images.SampleStratified(0.1, trainer.Options.Seed).Images.Select(i => i.Name), labeled.Images.Select(i => i.Name));

        using var lowered = TinyTraining.Builder().ConfigureFineTuning(o => (o.LabelFraction, o.BatchSize, o.StratifyLabelFraction) = (0.01, 4, true)).Build();
        Assert.Contains("2", Refused(lowered, new RunPlan { Train = images }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_that_is_not_weighed_by_its_frequency_may_be_missing_with_a_warning()
    {
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => (o.LabelFraction, o.BatchSize, o.ClassWeighting) = (0.08, 4, ClassWeighting.Published)).Build();
        var found = trainer.CheckPlan(new RunPlan { Train = Named(("a", 30), ("b", 30), ("d", 8)) });
        Assert.Contains("'d' has none of the 5 labelled images", Assert.Single(found.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_of_one_class_alone_are_refused_however_it_is_weighed()
    {
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => o.ClassWeighting = ClassWeighting.None).Build();
        Assert.Contains("at least two classes are needed", Refused(trainer, new RunPlan { Train = Named(("a", 30)).WithLabels(new LabelMap(["a", "b"])) }), StringComparison.Ordinal);
    }

    [Fact]
    public void A_last_batch_of_one_image_is_named_with_a_batch_size_that_suits()
    {
        using var trainer = WithBatchesOf(null);
        var images = Named(("a", 8), ("b", 8));
        var error = Refused(trainer, new RunPlan { Unlabeled = images.Images, Train = images });
        Assert.StartsWith("9 images in batches of 8 leave a last batch of one image in fine-tuning", error, StringComparison.Ordinal);
        Assert.Contains("lower FineTuning.BatchSize to 7", error, StringComparison.Ordinal);
        using var ofSeven = WithBatchesOf(7);
        Assert.Equal(9, ofSeven.CheckPlan(new RunPlan { Unlabeled = images.Images, Train = images }).Labeled!.Count);

        // A transformer has no batch statistics; a CNN beside it has.
        trainer.CheckPlan(new RunPlan { Train = images, Networks = [trainer.Transformer] });

        static CassTrainer WithBatchesOf(int? size) => TinyTraining.Builder()
            .UseRecipe(CassRecipe.Published)
            .ConfigureFineTuning(o => (o.LabelFraction, o.BatchSize) = (0.57, size ?? o.BatchSize))
            .Build();
    }

    [Fact]
    public void All_that_stands_in_the_way_is_named_at_once()
    {
        using var trainer = TinyTraining.Builder().ConfigureFineTuning(o => (o.TuneThresholds, o.Scope, o.TrainedStages, o.LearningRate.EtaMin) = (true, FineTuningScope.LastStages, 500, 1e-3)).Build();
        var images = Named(("a", 3), ("b", 2));
        var error = Refused(trainer, new RunPlan { Unlabeled = images.Images, Train = images, Test = Named(("a", 1), ("x", 1)) });
        string[] expected =
        [
            "Pretraining with batches of 8 needs at least as many images; there are 5.",
            "Fine-tuning with batches of 8",
            $"FineTuning.TrainedStages is 500, but {trainer.Cnn.ModelName}",
            $"FineTuning.TrainedStages is 500, but {trainer.Transformer.ModelName}",
            $"FineTuning.LearningRate.EtaMin is 0.001, above the rate of {trainer.Transformer.ModelName}",
            "FineTuning.TuneThresholds needs validation images",
            "The test images have other classes",
        ];
        Assert.All(expected, sentence => Assert.Contains(sentence, error, StringComparison.Ordinal));
    }

    [Fact]
    public void Parts_without_images_or_labels_are_refused()
    {
        using var trainer = TinyTraining.Builder().Build();
        var images = TinyTraining.Images(16);
        var (none, unlabeled) = (images.Where(_ => false), ImageDataset.FromImages(images.Images));
        Assert.Contains("The validation dataset has no images", Refused(trainer, new RunPlan { Train = images, Validation = none }), StringComparison.Ordinal);
        Assert.Contains("The test dataset has no images", Refused(trainer, new RunPlan { Train = images, Test = none }), StringComparison.Ordinal);
        Assert.Contains("The training images have no labels", Refused(trainer, new RunPlan { Train = unlabeled }), StringComparison.Ordinal);
        Assert.Contains("The validation images have no labels", Refused(trainer, new RunPlan { Train = images, Validation = unlabeled }), StringComparison.Ordinal);
        Assert.Contains("The test images have no labels", Refused(trainer, new RunPlan { Train = images, Test = unlabeled }), StringComparison.Ordinal);
        Assert.Contains("there are 0", Refused(trainer, new RunPlan { Unlabeled = [] }), StringComparison.Ordinal);
    }

    [Fact]
    public void Classes_that_validation_or_test_lack_and_a_single_test_image_are_warnings()
    {
        using var written = new StringWriter();
        using var trainer = TinyTraining.Builder().UseLogger(new WarningLogger(written)).Build();
        var images = TinyTraining.Images(16);
        var found = trainer.CheckPlan(new RunPlan { Train = images, Validation = images.Subset([0, 1, 2]), Test = images.Subset([0]) });
        Assert.Equal(3, found.Warnings.Count);
        Assert.Contains("'centre' has none of the 3 validation images", found.Warnings[0], StringComparison.Ordinal);
        Assert.Contains("'rows', 'columns', 'centre' have none of the 1 test images", found.Warnings[1], StringComparison.Ordinal);
        Assert.Contains("single test image", found.Warnings[2], StringComparison.Ordinal);
        Assert.All(found.Warnings, warning => Assert.Contains(warning, written.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public void Images_with_several_labels_are_checked_label_by_label()
    {
        var builder = new ImageDatasetBuilder(TinyImage.Labels, multiLabel: true);
        for (var i = 0; i < 16; i++)
        {
            builder.Add(new TinyImage(i % 3, i), i % 5 == 0 ? [] : i % 2 == 0 ? ["plain", "rows"] : ["columns"]);
        }

        using var trainer = TinyTraining.Builder().Build();
        Assert.Contains("'centre' has none of the 16 labelled images", Refused(trainer, new RunPlan { Train = builder.Build() }), StringComparison.Ordinal);
    }

    [Fact]
    public void Both_networks_are_looked_at_though_one_is_trained_first()
    {
        using var trainer = TinyTraining.Builder().Build();
        using var other = BackboneRegistry.Default.Create("resnet18", new BackboneOptions { NumClasses = 4 });
        using (TorchSharp.torch.no_grad())
        {
            trainer.Transformer.parameters().First().fill_(double.NaN);
        }

        var images = TinyTraining.Images(16);
        trainer.CheckPlan(new RunPlan { Train = images, Networks = [trainer.Cnn, other] });
        Assert.Contains(trainer.Transformer.ModelName, Assert.Throws<TrainingFailedException>(() => trainer.CheckPlan(new RunPlan { Train = images })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Test_images_that_are_training_images_are_refused_before_training_where_they_are_to_fail()
    {
        using var trainer = TinyTraining.Builder().Configure(o => (o.DuplicateCheck.Action, o.DuplicateCheck.Compare) = (DuplicateAction.Fail, DuplicateCheck.Pixels)).Build();
        var images = TinyTraining.Images(16);
        Assert.Contains("evaluation", Refused(trainer, new RunPlan { Train = images, Validation = TinyTraining.Images(4, firstSeed: 100), Test = images.Subset([3]) }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("checkpoints")]
    [InlineData("record")]
    [InlineData("tensorboard")]
    public void A_folder_to_write_to_among_the_images_is_refused(string kind)
    {
        using var folder = new TemporaryFolder();
        foreach (var i in Enumerable.Range(0, 16))
        {
            TestImages.Save(folder[$"data/{(i % 2 == 0 ? "even" : "odd")}/{i}.png"], TestImages.Pattern(8, 8, 3, i));
        }

        var images = ImageFolder.Read(folder["data"]);
        var among = folder["data/../data/runs"];
        using var trainer = TinyTraining.Builder().Configure(o =>
        {
            o.Checkpoints.Folder = kind == "checkpoints" ? among : null;
            o.RecordFolder = kind == "record" ? among : null;
            o.TensorBoardFolder = kind == "tensorboard" ? folder["runs/../data/runs"] : null;
        }).Build();
        Assert.Contains($"lies in '{folder["data"]}'", Refused(trainer, new RunPlan { Train = images }), StringComparison.Ordinal);
        Assert.Contains("lies in", Assert.Throws<CassInputException>(() => trainer.Pretrain(images.Images)).Message, StringComparison.Ordinal);
        Assert.Contains("lies in", Assert.Throws<CassInputException>(() => trainer.FineTune(trainer.Cnn, images)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Checkpoints_of_a_phase_that_could_not_go_on_are_refused_before_the_first_step()
    {
        using var folder = new TemporaryFolder();
        var images = TinyTraining.Images(16);
        var validation = TinyTraining.Images(4, firstSeed: 100);
        CassTrainer Trainer(double rate = 1e-4) => TinyTraining.Builder().CheckpointTo(folder["checkpoints"]).ConfigureFineTuning(o => o.LearningRate.Rate = rate).Build();
        using (var trainer = Trainer())
        {
            trainer.FineTune(trainer.Transformer, images, validation).Dispose();
        }

        using (var trainer = Trainer())
        {
            trainer.CheckPlan(new RunPlan { Unlabeled = images.Images, Train = images, Validation = validation });
            var error = Assert.Throws<CheckpointMismatchException>(() => trainer.CheckPlan(new RunPlan { Unlabeled = images.Images, Train = images, Validation = images.Subset([1, 2, 3, 4]) }));
            Assert.StartsWith("Validation.Names was", Assert.Single(error.Differences), StringComparison.Ordinal);
            Assert.Throws<CheckpointMismatchException>(() => trainer.CheckPlan(new RunPlan { Train = TinyTraining.Images(16, firstSeed: 50), Validation = validation }));
            trainer.CheckPlan(new RunPlan { Train = TinyTraining.Images(16, firstSeed: 50), Networks = [trainer.Cnn] });
        }

        using (var trainer = Trainer(rate: 2e-4))
        {
            var before = Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories);
            Assert.Contains("FineTuning.LearningRate.Rate", Refused<CheckpointMismatchException>(trainer, new RunPlan { Train = images, Validation = validation }), StringComparison.Ordinal);
            Assert.Equal(before, Directory.GetFiles(folder.Path, "*", SearchOption.AllDirectories));
        }
    }

    [Fact]
    public void Settings_are_spelled_as_the_interface_has_them_and_what_it_lacks_is_not_advised()
    {
        var images = Named(("a", 30), ("b", 30), ("d", 8));
        var names = SettingNames.Of(new Dictionary<string, string> { ["FineTuning.LabelFraction"] = "--labels" });
        using (var trainer = TinyTraining.Builder().SpellSettings(names).ConfigureFineTuning(o => (o.LabelFraction, o.BatchSize) = (0.08, 4)).Build())
        {
            var error = Refused(trainer, new RunPlan { Train = images });
            Assert.Contains("Raise --labels from 0.08 to ", error, StringComparison.Ordinal);
            Assert.DoesNotContain("FineTuning", error, StringComparison.Ordinal);
        }

        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
        [
            new("Cass:Cnn:Name", "resnet18"), new("Cass:Transformer:Name", "vit_tiny_patch16_224"), new("Cass:Images:Height", "32"),
            new("Cass:FineTuning:LabelFraction", "0.08"), new("Cass:FineTuning:BatchSize", "4"),
        ]).Build();
        using var provider = new ServiceCollection().AddCass(configuration.GetSection("Cass")).BuildServiceProvider();
        using var scope = provider.CreateScope();
        Assert.Contains(
            "Raise Cass:FineTuning:LabelFraction from 0.08 to ",
            Refused(scope.ServiceProvider.GetRequiredService<CassTrainer>(), new RunPlan { Train = images }),
            StringComparison.Ordinal);
    }

    private static string Refused(CassTrainer trainer, RunPlan plan) => Refused<CassInputException>(trainer, plan);

    private static string Refused<T>(CassTrainer trainer, RunPlan plan)
        where T : Exception => Assert.Throws<T>(() => trainer.CheckPlan(plan)).Message;

    private static ImageDataset Named(params (string Class, int Images)[] classes) => ImageDataset.FromImages(
        classes.SelectMany((entry, kind) => Enumerable.Range(0, entry.Images).Select(i => ((IImageSource)new TinyImage(kind, (100 * kind) + i), entry.Class))));
}
