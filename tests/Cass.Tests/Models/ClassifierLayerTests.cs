using Cass.Models;
using TorchSharp;
using TorchSharp.Modules;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

/// <summary>The classifier of a network that is no network of the library.</summary>
public sealed class ClassifierLayerTests
{
    [Fact]
    public void A_network_of_ones_own_gets_classifiers_of_other_sizes_under_the_same_name()
    {
        using var scope = NewDisposeScope();
        using var network = new OwnNetwork(classes: 5);
        network.to(ScalarType.Float64);
        network.eval();
        var first = network.Fc;

        foreach (var classes in (long[])[3, 0, 7])
        {
            network.ResetClassifier(classes);

            Assert.Equal(classes, network.NumClasses);
            Assert.Equal([1, classes == 0 ? 4 : classes], network.forward(zeros([1, 3, 2, 2], ScalarType.Float64)).shape);
            Assert.Equal(classes == 0 ? ["pixel.weight", "pixel.bias"] : ["pixel.weight", "pixel.bias", "fc.weight", "fc.bias"], network.state_dict().Keys);
            Assert.All(network.parameters(), parameter => Assert.Equal(ScalarType.Float64, parameter.dtype));
            Assert.All(network.modules(), module => Assert.False(module.training));
        }

        Assert.True(first!.weight.IsInvalid);
    }

    [Fact]
    public void Assigning_a_registered_field_alone_leaves_the_old_classifier_and_registering_it_again_is_refused()
    {
        using var network = new OwnNetwork(classes: 5);
        using var replacement = nn.Linear(4, 3);

        network.Fc = replacement;
        Assert.Equal([5, 4], network.state_dict()["fc.weight"].shape);
        Assert.ThrowsAny<Exception>(() => network.register_module("fc", replacement));
    }

    [Fact]
    public void What_is_no_classifier_of_the_network_is_refused()
    {
        using var network = new OwnNetwork(classes: 5);
        using var other = nn.Linear(4, 3);

        Assert.Contains("another module registered as 'fc'", Assert.Throws<ArgumentException>(() => ClassifierLayer.Replace(network, "fc", other, 3)).Message, StringComparison.Ordinal);
        Assert.Contains("no module registered as 'head'", Assert.Throws<ArgumentException>(() => ClassifierLayer.Replace(network, "head", network.Fc, 3)).Message, StringComparison.Ordinal);
        Assert.Contains("'head.fc' has a dot", Assert.Throws<ArgumentException>(() => ClassifierLayer.Replace(network, "head.fc", network.Fc, 3)).Message, StringComparison.Ordinal);
        Assert.Contains("-1", Assert.Throws<CassInputException>(() => network.ResetClassifier(-1)).Message, StringComparison.Ordinal);
        Assert.Equal([5, 4], network.state_dict()["fc.weight"].shape);
    }

    private sealed class OwnNetwork : Backbone
    {
        private readonly Conv2d pixel = nn.Conv2d(3, 4, 1);
        private Linear? fc;

        public OwnNetwork(long classes)
            : base("own", BackboneKind.Convolutional, new BackboneConfiguration(2, 2, 3, [0, 0, 0], [1, 1, 1], 1, "bilinear", nameof(pixel), [nameof(fc)]))
        {
            fc = nn.Linear(NumFeatures, classes);
            RegisterComponents();
        }

        public Linear? Fc
        {
            get => fc;
            set => fc = value;
        }

        public override long NumFeatures => 4;

        public override long NumClasses => fc?.out_features ?? 0;

        public override Tensor ForwardFeatures(Tensor images) => pixel.call(images);

        public override Tensor ForwardHead(Tensor features, bool preLogits = false)
        {
            var pooled = features.mean([2, 3]);
            return preLogits || fc is null ? pooled : fc.call(pooled);
        }

        public override void ResetClassifier(long numClasses) => fc = ClassifierLayer.Replace(this, nameof(fc), fc, numClasses);
    }
}
