using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.TorchVision;

/// <summary>The block of ResNets: two or three convolutions, and the input, or its projection, added to what they give.</summary>
internal static class ResidualBlock
{
    private static readonly string[] Branch = ["conv1", "bn1", "relu1", "conv2", "bn2", "relu2", "conv3", "bn3"];

    public static Func<Tensor, Tensor> Of(Module block)
    {
        var parts = block.named_children().ToDictionary(child => child.name, child => child.module, StringComparer.Ordinal);
        Module[] branch = [.. Branch.Where(parts.ContainsKey).Select(name => parts[name])];
        var shortcut = parts.TryGetValue("downsample", out var downsample) ? Shortcut(downsample) : null;
        return input =>
        {
            var output = Layers.Run(branch, input);
            using var identity = shortcut?.Invoke(input);
            return output.PlusInPlace(identity ?? input).relu_();
        };
    }

    private static Func<Tensor, Tensor> Shortcut(Module downsample)
    {
        Module[] layers = [.. downsample.children()];

        // A pointwise convolution with a stride reads only every n-th pixel. It is run without a stride on those pixels, because oneDNN's
        // gradient of the strided form divides by zero at some sizes and ends the process, on CPUs with AVX-512.
        var convolution = (Conv2d)layers[0];
        var stride = convolution.stride[0];
        convolution.stride = [1, 1];
        return input =>
        {
            using var rows = input.slice(2, 0, long.MaxValue, stride);
            using var pixels = rows.slice(3, 0, long.MaxValue, stride);
            return Layers.Run(layers, pixels);
        };
    }
}
