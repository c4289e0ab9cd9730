using Cass.Models;
using Cass.Tests.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Tests.Explain;

/// <summary>Tiny networks in evaluation mode, with weights that make them tell places and classes apart.</summary>
internal static class ExplainedNetwork
{
    public const int Classes = 5;

    public static Backbone Create(string name, ScalarType type = ScalarType.Float32, int height = 32, int width = 32, GlobalPooling? pooling = null)
    {
        var network = TinyBackbones.Registry().Create(name, new BackboneOptions { NumClasses = Classes, ImageHeight = height, ImageWidth = width, GlobalPooling = pooling });
        DeterministicFill.Apply(network);
        network.to(type);
        network.eval();
        return network;
    }

    public static Tensor Image(ScalarType type = ScalarType.Float32, int height = 32, int width = 32) => DeterministicFill.Images(1, 3, height, width).to(type);
}
