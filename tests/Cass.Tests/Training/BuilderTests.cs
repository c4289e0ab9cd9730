using Cass.Training;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Cass.Tests.Training;

public sealed class BuilderTests
{
    private static CassTrainerBuilder Small() => CassTrainer.CreateBuilder()
        .UseCnn("resnet18")
        .UseTransformer("vit_tiny_patch16_224")
        .WithImageSize(32)
        .OnDevice(TrainingDevice.Cpu);

    [Fact]
    public void A_recipe_is_the_ground_that_settings_stand_on_whatever_the_order()
    {
        using var trainer = Small().ConfigurePretraining(o => o.Epochs = 3).UseRecipe(CassRecipe.Published).Build();
        Assert.Equal(3, trainer.Options.Pretraining.Epochs);
        Assert.Equal(16, trainer.Options.Pretraining.BatchSize);
        Assert.Equal(ScheduleKind.CosineAnnealing, trainer.Options.Pretraining.LearningRate.Schedule);
        Assert.Equal(CollapseSafeguard.None, trainer.Options.Method.Safeguard);
    }

    [Fact]
    public void The_published_recipe_has_the_published_values()
    {
        var options = new CassOptions();
        CassRecipe.Published.Apply(options);
        Assert.Equal("resnet50", options.Cnn.Name);
        Assert.Equal("vit_base_patch16_384", options.Transformer.Name);
        Assert.Equal(77, options.Seed);
        Assert.Equal([0.1857, 0.1857, 0.1858], options.Images.Mean);
        Assert.Equal([0.2018, 0.2018, 0.2018], options.Images.Std);
        Assert.Equal((100, 16, 1e-3), (options.Pretraining.Epochs, options.Pretraining.BatchSize, options.Pretraining.LearningRate.Rate!.Value));
        Assert.Equal((50, 16, 3e-4), (options.FineTuning.Epochs, options.FineTuning.BatchSize, options.FineTuning.LearningRate.Rate!.Value));
        foreach (var rate in (LearningRateOptions[])[options.Pretraining.LearningRate, options.FineTuning.LearningRate])
        {
            Assert.Equal((16, 1e-6), (rate.TMax, rate.EtaMin));
        }

        Assert.Equal((1, 2, 0.5), (options.FineTuning.FocalAlpha, options.FineTuning.FocalGamma, options.FineTuning.Threshold));
        Assert.Equal((5, EarlyStoppingRule.FallingLoss), (options.FineTuning.EarlyStoppingPatience, options.FineTuning.EarlyStoppingRule));
        Assert.Equal(OptimizerKind.Adam, options.Pretraining.Optimizer.Kind);
    }

    [Fact]
    public void Every_setting_outside_its_range_is_named_with_its_value_and_the_range()
    {
        var error = Assert.Throws<InvalidOptionsException>(() => Small()
            .ConfigurePretraining(o => (o.Epochs, o.BatchSize) = (0, 1))
            .ConfigureFineTuning(o => o.LabelFraction = 1.5)
            .ConfigureFineTuning(o => o.LearningRate.Rate = double.NaN)
            .Build());
        Assert.Equal(4, error.Failures.Count);
        Assert.Contains("Pretraining.Epochs is 0; it must be at least 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("Pretraining.BatchSize is 1; it must be at least 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("FineTuning.LabelFraction is 1.5; it must be above 0 and at most 1", error.Message, StringComparison.Ordinal);
        Assert.Contains("FineTuning.LearningRate.Rate is NaN", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_network_is_refused_with_the_nearest_names()
    {
        var error = Assert.ThrowsAny<CassInputException>(() => Small().UseCnn("resnet81").Build());
        Assert.Contains("resnet81", error.Message, StringComparison.Ordinal);
        Assert.Contains("resnet18", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Networks_that_were_exchanged_are_refused_and_no_tensor_is_left_of_them()
    {
        TorchBackend.EnsureLoaded();
        var before = TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var error = Assert.Throws<CassInputException>(() => Small().UseCnn("vit_tiny_patch16_224").UseTransformer("resnet18").Build());
        Assert.Equal("The CNN 'vit_tiny_patch16_224' is a transformer, and the transformer 'resnet18' is a CNN; exchange them.", error.Message);
        Assert.Equal(before, TorchSharp.DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void An_image_size_that_the_patches_do_not_divide_is_refused()
    {
        var error = Assert.ThrowsAny<CassInputException>(() => Small().WithImageSize(60).Build());
        Assert.Contains("60", error.Message, StringComparison.Ordinal);
        Assert.Contains("16", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:x")]
    public void An_unknown_device_is_refused(string name)
    {
        var error = Assert.Throws<CassInputException>(() => TrainingDevice.Parse(name));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recipes_are_found_by_name_however_it_is_written()
    {
        Assert.Same(CassRecipe.NotebookFaithful, CassRecipe.Parse("notebook-faithful"));
        Assert.Same(CassRecipe.Published, CassRecipe.Parse("PUBLISHED"));
        Assert.Contains("Recommended", Assert.Throws<CassInputException>(() => CassRecipe.Parse("best")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Dependency_injection_binds_a_section_on_top_of_its_recipe()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Cass:Recipe"] = "Published",
            ["Cass:Cnn:Name"] = "resnet18",
            ["Cass:Transformer:Name"] = "vit_tiny_patch16_224",
            ["Cass:Images:Height"] = "32",
            ["Cass:Device"] = "cpu",
            ["Cass:Pretraining:Epochs"] = "7",
        }).Build();
        using var provider = new ServiceCollection().AddCass(configuration.GetSection("Cass")).BuildServiceProvider();
        using var scope = provider.CreateScope();
        var trainer = scope.ServiceProvider.GetRequiredService<CassTrainer>();
        Assert.Equal("resnet18", trainer.Cnn.ModelName);
        Assert.Equal((7, 16), (trainer.Options.Pretraining.Epochs, trainer.Options.Pretraining.BatchSize));
        Assert.Equal((32, 32), trainer.ImageSize);
    }

    [Fact]
    public void Dependency_injection_refuses_a_section_with_bad_values()
    {
        using var provider = new ServiceCollection().AddCass(o => o.Pretraining.Epochs = -1).BuildServiceProvider();
        using var scope = provider.CreateScope();
        var error = Assert.Throws<OptionsValidationException>(() => scope.ServiceProvider.GetRequiredService<CassTrainer>());
        Assert.Contains("Pretraining.Epochs is -1", error.Message, StringComparison.Ordinal);
    }
}
