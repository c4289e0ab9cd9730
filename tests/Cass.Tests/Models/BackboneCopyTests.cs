using Cass.Models;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

public sealed class BackboneCopyTests
{
    [Theory]
    [InlineData("resnet18", 64, 96)]
    [InlineData("vit_tiny_patch16_224", 64, 96)]
    [InlineData("swin_tiny_patch4_window7_224", 224, 224)]
    [InlineData("convnext_tiny", 64, 96)]
    public void A_copy_gives_the_same_outputs_and_shares_nothing(string name, int height, int width)
    {
        using var scope = NewDisposeScope();
        using var original = BackboneRegistry.Default.Create(name, new BackboneOptions { NumClasses = 5, ImageHeight = height, ImageWidth = width, InputChannels = 1 });
        original.ResetClassifier(3);
        original.to(ScalarType.Float64);
        original.eval();
        using var copy = original.Copy();
        Assert.Equal(original.state_dict().Keys, copy.state_dict().Keys);
        Assert.False(copy.training);

        using var guard = no_grad();
        var images = randn(2, 1, height, width, dtype: ScalarType.Float64);
        var expected = original.forward(images);
        Assert.True(copy.forward(images).equal(expected).all().item<bool>());
        foreach (var tensor in original.state_dict().Values)
        {
            tensor.zero_();
        }

        Assert.True(copy.forward(images).equal(expected).all().item<bool>());
    }

    [Fact]
    public void A_copy_keeps_what_the_options_said()
    {
        var options = new BackboneOptions { DropRate = 0.5, GlobalPooling = GlobalPooling.Maximum };
        using var original = BackboneRegistry.Default.Create("resnet18", options);

        // What the caller does with its options afterwards is its own affair.
        options.GlobalPooling = GlobalPooling.Average;
        using var copy = original.Copy();
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        var images = randn(2, 3, 32, 32);
        copy.eval();
        var features = copy.ForwardFeatures(images);
        Assert.True(copy.ForwardHead(features, preLogits: true).equal(features.amax([2, 3])).all().item<bool>());
        copy.train();
        Assert.False(copy.ForwardHead(features).equal(copy.ForwardHead(features)).all().item<bool>());
    }

    [Fact]
    public void A_copy_outlives_the_scope_that_it_is_made_in()
    {
        using var original = BackboneRegistry.Default.Create("vit_tiny_patch16_224", new BackboneOptions { ImageHeight = 32, ImageWidth = 32 });
        Backbone copy;
        using (NewDisposeScope())
        {
            copy = original.Copy();
        }

        using (copy)
        {
            Assert.All(copy.state_dict().Values, tensor => Assert.False(tensor.IsInvalid));
        }
    }
}
