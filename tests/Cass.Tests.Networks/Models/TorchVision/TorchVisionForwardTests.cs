using Cass.Models;
using Cass.Tests.Order;
using Cass.TorchVision;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models.TorchVision;

/// <summary>The same weights in TorchVision's own module, and in this library's ResNet.</summary>
[Trait("Category", LongTests.Category)]
[Collection(ModelCollection.Name)]
public sealed class TorchVisionForwardTests
{
    /// <summary>One of each family, but for ResNet and Inception, which <see cref="TorchVisionReferenceTests"/> has; all of them where CASS_LONG_TESTS is set.</summary>
    private static readonly HashSet<string> Short = new(StringComparer.Ordinal)
    {
        "vgg11_bn", "googlenet", "mobilenet_v2", "mobilenet_v3_large", "mobilenet_v3_small",
    };

    public static TheoryData<string> Networks => [.. TorchVisionBackbones.Names];

    [Theory]
    [MemberData(nameof(Networks))]
    public void Its_outputs_are_those_of_TorchVisions_own_module(string name)
    {
        var architecture = TorchVisionArchitectures.All.Single(a => TorchVisionBackbones.Prefix + a.Name == name);
        Assert.SkipUnless(LongTests.AreWanted || Short.Contains(architecture.Name), "Compared where CASS_LONG_TESTS is set.");
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        using var network = (TorchVisionBackbone)new BackboneRegistry().RegisterTorchVision().Create(name);

        // The strides of a ResNet's projections are taken from the module that shares the weights, and so is Inception's auxiliary classifier.
        using var another = architecture is Cass.TorchVision.ResNetArchitecture or InceptionV3Architecture ? architecture.Create(1000, 0) : null;
        another?.load_state_dict(network.state_dict(), strict: false);
        var own = (nn.Module<Tensor, Tensor>)(another ?? network.Made);
        network.eval();
        own.eval();
        var side = Math.Max(48, network.Configuration.MinimumInputSize + 1);
        var images = DeterministicFill.Images(2, 3, side, side + 9);
        var (expected, actual) = (own.forward(images), network.forward(images));
        Assert.InRange((expected - actual).abs().max().item<float>(), 0, 1e-5 * expected.abs().max().item<float>());
    }

    [Fact]
    public void Its_ResNet18_is_this_librarys()
    {
        using var scope = NewDisposeScope();
        using var theirs = new BackboneRegistry().RegisterTorchVision().Create("torchvision_resnet18", new BackboneOptions { NumClasses = 6 });
        using var ours = BackboneRegistry.Default.Create("resnet18", new BackboneOptions { NumClasses = 6 });
        Assert.Equal(ours.state_dict().Keys, theirs.state_dict().Keys);
        ours.load_state_dict(theirs.state_dict());
        var images = DeterministicFill.Images(4, 3, 64, 80);
        foreach (var training in new[] { true, false })
        {
            ours.train(training);
            theirs.train(training);
            var (expected, actual) = (ours.forward(images), theirs.forward(images));
            Assert.InRange((expected - actual).abs().max().item<float>(), 0, 1e-5 * expected.abs().max().item<float>());
        }
    }
}
