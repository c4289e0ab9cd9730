using Cass.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>Copies a network: the same model with the same weights, sharing nothing.</summary>
internal static class BackboneCopy
{
    public static Backbone Of(Backbone source, int height, int width)
    {
        var copy = BackboneRegistry.Create(
            source.ModelName,
            new BackboneOptions { NumClasses = (int)source.NumClasses, ImageHeight = height, ImageWidth = width });
        using var guard = no_grad();
        using var scope = NewDisposeScope();
        var weights = source.state_dict();
        foreach (var (name, tensor) in copy.state_dict())
        {
            tensor.copy_(weights[name]);
        }

        return copy;
    }
}
