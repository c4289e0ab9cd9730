using Cass.Models;
using Cass.Tests.Order;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

/// <summary>Every registered name: it builds, it runs, and has as many parameters as timm's.</summary>
public sealed class BackboneStructureTests
{
    /// <summary>
    /// Parameters of timm 0.5.4's network of 1000 classes, and in millions the figure that timm publishes
    /// (results/results-imagenet.csv, column param_count); null for a network that its table does not list.
    /// </summary>
    public static TheoryData<string, long, double?> Counts => new()
    {
        { "resnet18", 11_689_512, 11.69 },
        // A ResNet-18 with one block of 512 channels more.
        { "resnet20", 11_689_512 + (2 * 512 * 512 * 9) + (2 * 2 * 512), null },
        { "resnet26", 15_995_176, 16.00 },
        { "resnet34", 21_797_672, 21.80 },
        { "resnet50", 25_557_032, 25.56 },
        { "resnet101", 44_549_160, 44.55 },
        { "resnet152", 60_192_808, 60.19 },
        { "resnet200", 64_673_832, null },
        { "resnet18d", 11_708_744, 11.71 },
        { "resnet26d", 16_014_408, 16.01 },
        { "resnet34d", 21_816_904, 21.82 },
        { "resnet50d", 25_576_264, 25.58 },
        { "resnet101d", 44_568_392, 44.57 },
        { "resnet152d", 60_212_040, 60.21 },
        { "resnet200d", 64_693_064, 64.69 },
        { "wide_resnet50_2", 68_883_240, 68.88 },
        { "wide_resnet101_2", 126_886_696, 126.89 },
        { "resnext50_32x4d", 25_028_904, 25.03 },
        { "resnext50d_32x4d", 25_048_136, 25.05 },
        { "resnext101_32x4d", 44_177_704, 44.18 },
        { "resnext101_32x8d", 88_791_336, 88.79 },
        { "resnext101_64x4d", 83_455_272, 83.46 },
        { "vit_tiny_patch16_224", 5_717_416, 5.72 },
        { "vit_tiny_patch16_384", 5_790_376, 5.79 },
        { "vit_small_patch16_224", 22_050_664, 22.05 },
        { "vit_small_patch16_384", 22_196_584, 22.20 },
        { "vit_small_patch32_224", 22_878_952, 22.88 },
        { "vit_small_patch32_384", 22_915_432, 22.92 },
        { "vit_base_patch8_224", 86_576_872, 86.58 },
        { "vit_base_patch16_224", 86_567_656, 86.57 },
        { "vit_base_patch16_384", 86_859_496, 86.86 },
        { "vit_base_patch32_224", 88_224_232, 88.22 },
        { "vit_base_patch32_384", 88_297_192, 88.30 },
        { "vit_large_patch16_224", 304_326_632, 304.33 },
        { "vit_large_patch16_384", 304_715_752, 304.72 },
        { "vit_large_patch32_224", 306_535_400, null },
        { "vit_large_patch32_384", 306_632_680, 306.63 },
        { "deit_tiny_patch16_224", 5_717_416, 5.72 },
        { "deit_small_patch16_224", 22_050_664, 22.05 },
        { "deit_base_patch16_224", 86_567_656, 86.57 },
        { "deit_base_patch16_384", 86_859_496, 86.86 },
        { "deit_tiny_distilled_patch16_224", 5_910_800, 5.91 },
        { "deit_small_distilled_patch16_224", 22_436_432, 22.44 },
        { "deit_base_distilled_patch16_224", 87_338_192, 87.34 },
        { "deit_base_distilled_patch16_384", 87_630_032, 87.63 },
        { "convnext_tiny", 28_589_128, 28.59 },
        { "convnext_tiny_hnf", 28_589_128, 28.59 },
        { "convnext_small", 50_223_688, 50.22 },
        { "convnext_base", 88_591_464, 88.59 },
        { "convnext_large", 197_767_336, 197.77 },
        { "swin_tiny_patch4_window7_224", 28_288_354, 28.29 },
        { "swin_small_patch4_window7_224", 49_606_258, 49.61 },
        { "swin_base_patch4_window7_224", 87_768_224, 87.77 },
        { "swin_base_patch4_window12_384", 87_903_584, 87.90 },
        { "swin_large_patch4_window7_224", 196_532_476, 196.53 },
        { "swin_large_patch4_window12_384", 196_735_516, 196.74 },
    };

    [Fact]
    public void Every_registered_name_is_counted() =>
        Assert.Empty(BackboneRegistry.Default.Names.Except(Counts.Select(row => row.Data.Item1), StringComparer.Ordinal));

    [Trait("Category", LongTests.Category)]
    [Theory]
    [MemberData(nameof(Counts))]
    public void It_builds_runs_and_has_timms_number_of_parameters(string name, long count, double? millions)
    {
        Assert.SkipUnless(count < 150_000_000 || LongTests.AreWanted, "A network this large is built where CASS_LONG_TESTS is set.");
        using var scope = NewDisposeScope();
        using var model = BackboneRegistry.Default.Create(name);
        Assert.Equal(count, model.parameters().Sum(p => p.NumberOfElements));
        if (millions is { } published)
        {
            Assert.Equal(published, Math.Round(count / 1e6, 2, MidpointRounding.AwayFromZero), 0.0101);
        }

        Assert.Equal(name, model.ModelName);
        Assert.Equal(name.Contains("net", StringComparison.Ordinal) || name.Contains("next", StringComparison.Ordinal) ? BackboneKind.Convolutional : BackboneKind.Transformer, model.Kind);
        var configuration = BackboneRegistry.Default.Configuration(name);
        Assert.Equal(configuration, model.Configuration);
        var state = model.state_dict();
        Assert.Equal(3, state[$"{configuration.FirstConvolution}.weight"].size(1));
        Assert.All(configuration.Classifiers, classifier => Assert.Equal([1000, model.NumFeatures], state[$"{classifier}.weight"].shape));

        model.eval();
        using var ungraded = no_grad();
        var side = configuration.FixedInputSize ? configuration.InputHeight : 64;
        var output = model.forward(zeros(1, 3, side, side));
        Assert.Equal([1, 1000], output.shape);
        Assert.True(output.isfinite().all().item<bool>());
    }

    [Fact]
    public void A_training_tag_gives_its_weights_classes_and_normalisation()
    {
        using var model = BackboneRegistry.Default.Create("vit_small_patch16_224.augreg_in21k");
        Assert.Equal("vit_small_patch16_224", model.ModelName);
        Assert.Equal("augreg_in21k", model.Configuration.Tag);
        Assert.Equal(21_843, model.NumClasses);
        using var dino = BackboneRegistry.Default.Create("vit_small_patch16_224.dino");
        Assert.Equal(0, dino.NumClasses);
        Assert.Equal([0.485, 0.456, 0.406], dino.Configuration.Mean);
        using var chosen = BackboneRegistry.Default.Create("resnet18.tv_in1k", new BackboneOptions { NumClasses = 4 });
        Assert.Equal(4, chosen.NumClasses);
        Assert.Equal("bilinear", chosen.Configuration.Interpolation);
        Assert.Equal(176, BackboneRegistry.Default.Configuration("resnet50.tv2_in1k").InputHeight);
        Assert.Contains("a1_in1k", BackboneRegistry.Default.Tags("resnet50"), StringComparer.Ordinal);
        Assert.Empty(BackboneRegistry.Default.Tags("resnet200"));
    }

    [Fact]
    public void An_unknown_tag_suggests_near_ones()
    {
        var exception = Assert.Throws<UnknownBackboneException>(() => BackboneRegistry.Default.Create("resnet50.a1_in1"));
        Assert.Equal("resnet50.a1_in1k", exception.Suggestions[0]);
        Assert.Contains("did you mean 'a1_in1k'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("no backbone named 'resnet5'", Assert.Throws<UnknownBackboneException>(() => BackboneRegistry.Default.Create("resnet5.a1_in1k")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Statistics_of_other_channels_follow_the_first_convolutions_adaptation()
    {
        using var gray = BackboneRegistry.Default.Create("resnet18", new BackboneOptions { InputChannels = 1 });
        Assert.Equal(0.449, Assert.Single(gray.Configuration.Mean), 1e-9);
        using var four = BackboneRegistry.Default.Create("resnet18", new BackboneOptions { InputChannels = 4 });
        Assert.Equal([0.229, 0.224, 0.225, 0.229], four.Configuration.Std);
    }

    [Theory]
    [InlineData("vit_tiny_patch16_224", 8, 224, "smaller than a patch")]
    [InlineData("swin_tiny_patch4_window7_224", 200, 224, "multiples of 224")]
    [InlineData("swin_tiny_patch4_window7_224", 112, 112, "multiples of 224")]
    public void An_image_size_that_cannot_be_cut_is_refused(string name, int height, int width, string remedy)
    {
        var exception = Assert.Throws<CassInputException>(() => BackboneRegistry.Default.Create(name, new BackboneOptions { ImageHeight = height, ImageWidth = width }));
        Assert.Contains($"{height}x{width}", exception.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_small_image_stem_keeps_the_size_and_has_the_parameters_of_the_ResNet_18_for_CIFAR()
    {
        // 11,173,962 with ten classes: He et al.'s blocks of 64 to 512 channels, a 3x3 stem of 1,728 weights, and 5,130 of the classifier.
        var configuration = BackboneRegistry.Default.Configuration("resnet18");
        var architecture = new ResNetArchitecture([2, 2, 2, 2], Bottleneck: false) { SmallImageStem = true };
        using var network = new ResNet("small", architecture, configuration, new BackboneOptions { NumClasses = 10 });
        Assert.Equal(11_173_962, network.parameters().Sum(parameter => parameter.numel()));
        using var images = randn(2, 3, 28, 28);
        using var features = network.ForwardFeatures(images);
        Assert.Equal([2, 512, 4, 4], features.shape);
        using var logits = network.forward(images);
        logits.sum().backward();
        Assert.All(network.parameters(), parameter => Assert.NotNull(parameter.grad));
        Assert.Contains("not both", Assert.Throws<ArgumentException>(() => new ResNet("both", architecture with { DeepStem = true }, configuration, new BackboneOptions())).Message, StringComparison.Ordinal);
    }
}
