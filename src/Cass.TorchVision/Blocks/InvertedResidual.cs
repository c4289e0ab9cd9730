using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.TorchVision;

/// <summary>The block of MobileNet v2 and v3: layers, and the input added to what they give where its shape is the same.</summary>
internal static class InvertedResidual
{
    public static Func<Tensor, Tensor> Of(Module block)
    {
        Module[] layers = [.. block.children()];
        var convolutions = Layers.Flatten(layers).OfType<Conv2d>().ToList();
        var keepsShape = convolutions[0].in_channels == convolutions[^1].out_channels
            && convolutions.TrueForAll(convolution => Array.TrueForAll(convolution.stride, stride => stride == 1));
        return input =>
        {
            var branch = Layers.Run(layers, input);
            return keepsShape ? branch.PlusInPlace(input) : branch;
        };
    }
}
