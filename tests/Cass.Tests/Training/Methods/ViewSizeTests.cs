using Cass.Models;
using Cass.Tests.Models;
using Cass.Training;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Cass.Tests.Training.Methods;

/// <summary>Views that a network does not take are refused before the first image is read, with the option and sizes that fit.</summary>
public sealed class ViewSizeTests
{
    public static TheoryData<string> Methods => [.. TinyMethods.Names];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Full_views_between_two_patches_are_refused_before_an_image_is_read(string name)
    {
        using var backbone = TinyMethods.Network(TinyBackbones.Transformer);
        using var method = TinyMethods.Create(name, backbone);
        var message = Refusal(method, height: 44);
        Assert.Contains("Images.Height", message, StringComparison.Ordinal);
        Assert.Contains("44x44", message, StringComparison.Ordinal);
        Assert.Contains("multiples of 8", message, StringComparison.Ordinal);
        Assert.Contains("set Images.Height to 40 or 48", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TinyBackbones.Transformer)]
    [InlineData(TinyBackbones.Swin)]
    public void Full_views_of_another_size_than_the_network_takes_alone_are_refused(string network)
    {
        using var backbone = Create(network, dynamic: false);
        using var method = new SimClrMethod(backbone, new SimClrMethodOptions { HiddenWidth = 8, ProjectionWidth = 4 });
        var message = Refusal(method, height: 64);
        Assert.Contains("64x64", message, StringComparison.Ordinal);
        Assert.Contains("of 32x32 pixels alone", message, StringComparison.Ordinal);
        Assert.Contains("set Images.Height to 32, or make the network", message, StringComparison.Ordinal);
        Assert.Contains("DynamicImageSize", message, StringComparison.Ordinal);
        Assert.Equal(2, method.CreateViews(32, 32, ViewBatches.Normalization).Count);
    }

    [Theory]
    [InlineData(TinyBackbones.Transformer, 40, 44, "set Images.Width to 40 or 48", "Images.Height to")]
    [InlineData(TinyBackbones.Transformer, 44, 40, "set Images.Height to 40 or 48", "Images.Width to")]
    [InlineData(TinyBackbones.Swin, 34, 32, "set Images.Height to 32 or 36", "Images.Width to")]
    [InlineData(TinyBackbones.ConvNeXt, 32, 31, "set Images.Width to 32", "Images.Height to")]
    [InlineData(TinyBackbones.Transformer, 12, 12, "set Images.Height to 8 or 16", "Images.Width to")]
    public void The_side_that_does_not_fit_is_named_with_the_nearest_that_do(string network, int height, int width, string expected, string unexpected)
    {
        using var backbone = Create(network, dynamic: true);
        using var method = new ByolMethod(backbone, new ByolMethodOptions { HiddenWidth = 8, ProjectionWidth = 4 });
        var message = Assert.Throws<CassInputException>(() => method.CreateViews(height, width, ViewBatches.Normalization)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.DoesNotContain(unexpected, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TinyBackbones.Transformer, true, 4)]
    [InlineData(TinyBackbones.Transformer, false, 4)]
    [InlineData(TinyBackbones.Swin, true, 2)]
    [InlineData(TinyBackbones.Swin, false, 2)]
    [InlineData(TinyBackbones.ConvNeXt, true, 3)]
    [InlineData(TinyBackbones.ResNet, true, 5)]
    public void A_size_is_refused_where_the_network_fails_on_it_and_only_there(string network, bool dynamic, int step)
    {
        using var backbone = Create(network, dynamic);
        backbone.eval();
        using var guard = TorchSharp.torch.no_grad();
        for (var height = 8; height <= 48; height += step)
        {
            foreach (var width in (int[])[32, height])
            {
                using var scope = TorchSharp.torch.NewDisposeScope();
                var works = true;
                try
                {
                    backbone.ForwardPooled(TorchSharp.torch.zeros(1, 3, height, width));
                }
                catch (Exception error) when (error is ArgumentException or System.Runtime.InteropServices.ExternalException)
                {
                    works = false;
                }

                Assert.Equal((height, width, works), (height, width, ImageSizes.Of(backbone).Take(height, width)));
            }
        }
    }

    [Theory]
    [InlineData(TinyBackbones.Transformer, 20, "Method.LocalCropSize is 20", "multiples of 8 pixels", "to 16 or 24")]
    [InlineData(TinyBackbones.Transformer, 4, "Method.LocalCropSize is 4", "multiples of 8 pixels", "to 8,")]
    [InlineData(TinyBackbones.ConvNeXt, 20, "Method.LocalCropSize is 20", "32 pixels or more", "to 32,")]
    public void Small_crops_that_the_network_does_not_take_are_refused_where_the_method_is_made(string network, int side, params string[] expected)
    {
        using var backbone = Create(network, dynamic: true);
        var message = Assert.Throws<CassInputException>(() => new DinoMethod(backbone, Dino(side))).Message;
        Assert.All(expected, part => Assert.Contains(part, message, StringComparison.Ordinal));

        // Without small crops their size does not matter.
        var without = Dino(side);
        without.LocalCrops = 0;
        using var method = new DinoMethod(backbone, without);
    }

    [Theory]
    [InlineData(TinyBackbones.Transformer, "such as 24 or 32")]
    [InlineData(TinyBackbones.ResNet, "such as 27 or 28")]
    public void Small_crops_larger_than_the_large_ones_are_refused_before_an_image_is_read(string network, string expected)
    {
        using var backbone = Create(network, dynamic: true);
        using var method = new DinoMethod(backbone, Dino(200));
        var message = Refusal(method, height: 64);
        Assert.Contains("Method.LocalCropSize is 200", message, StringComparison.Ordinal);
        Assert.Contains("64x64", message, StringComparison.Ordinal);
        Assert.Contains("at most 64", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Equal(200, method.CreateViews(200, 200, ViewBatches.Normalization)[^1].OutputHeight);
    }

    [Fact]
    public void Of_two_networks_the_one_that_does_not_take_the_views_is_named()
    {
        using var convolutional = Create(TinyBackbones.ResNet, dynamic: false);
        using var transformer = Create(TinyBackbones.Transformer, dynamic: false);
        using var cass = new CassMethod(convolutional, transformer, new CassMethodOptions { ProjectorWidth = 8 });
        using var guidance = new LocalityGuidanceMethod(convolutional, Create(TinyBackbones.ConvNeXt, dynamic: false));
        Assert.StartsWith("Images.Height and Images.Width make views of 48x48 pixels, and tiny_vit takes", Refusal(cass, height: 48), StringComparison.Ordinal);
        Assert.Contains("tiny_convnext takes images of 32 pixels or more", Refusal(guidance, height: 16), StringComparison.Ordinal);
    }

    [Fact]
    public void A_check_of_the_plan_says_the_same()
    {
        using var trainer = TinyTraining.Builder().UseMethod(t => new DinoMethod(t.Cnn, Dino(200))).Build();
        var message = Assert.Throws<CassInputException>(() => trainer.CheckPlan(new RunPlan { Unlabeled = [.. Enumerable.Repeat(new UnreadImage(), 8)] }, TestContext.Current.CancellationToken)).Message;
        Assert.Contains("Method.LocalCropSize is 200", message, StringComparison.Ordinal);
    }

    private static DinoMethodOptions Dino(int localCropSize) => new() { LocalCrops = 1, LocalCropSize = localCropSize, OutputDimensions = 8, HiddenWidth = 8, BottleneckWidth = 4 };

    private static Backbone Create(string network, bool dynamic) => TinyBackbones.Registry().Create(network, new BackboneOptions { DynamicImageSize = dynamic });

    private static string Refusal(ISelfSupervisedMethod method, int height)
    {
        using var pretrainer = new Pretrainer(method, new PretrainingOptions { Epochs = 1, BatchSize = 4 }, new RunOptions { Device = "cpu", Images = { Height = height } }, NullLogger.Instance);
        return Assert.Throws<CassInputException>(() => pretrainer.Run([.. Enumerable.Repeat(new UnreadImage(), 8)])).Message;
    }

    private sealed class UnreadImage : IImageSource
    {
        public string Name => "unread";

        public PixelImage Decode() => throw new InvalidOperationException("An image was read.");
    }
}
