using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.TorchVision;

/// <summary>The convolutions of a block of Inception v3, by torchvision's names.</summary>
internal sealed class InceptionParts(Module block)
{
    private readonly Dictionary<string, Module> parts = block.named_children().ToDictionary(child => child.name, child => child.module, StringComparer.Ordinal);

    /// <summary>Runs several, one after the other.</summary>
    public Tensor Run(Tensor input, params IEnumerable<string> names) => Layers.Run(names.Select(name => parts[name]), input);
}
