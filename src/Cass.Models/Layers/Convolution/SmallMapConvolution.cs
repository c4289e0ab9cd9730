using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Models;

/// <summary>
/// Runs a convolution; in training on a CPU, one of many weights over few pixels as matrix products on the weights where they
/// lie.
/// </summary>
/// <remarks>
/// oneDNN brings weights into an order of its own at every call and gradients back from it, which takes longer than the
/// convolution itself where weights are many and pixels few, and it multiplies the zeros of the padding. Results differ by
/// rounding, and no hook on the convolution is called.
/// </remarks>
internal static class SmallMapConvolution
{
    // Bounds within which products were the faster for ResNets' last stage, in batches of 4 to 128; see docs/performance.md.
    private const long MostPixels = 9;
    private const long MostPointwiseRows = 256;
    private const long LeastWeights = 1 << 19;

    /// <summary>Runs a convolution; in bfloat16 where <see cref="Autocast"/> is enabled.</summary>
    /// <param name="convolution">The convolution.</param>
    /// <param name="input">[batch, channels, height, width].</param>
    /// <returns>[batch, channels, height, width].</returns>
    public static Tensor Run(Conv2d convolution, Tensor input)
    {
        if (GeometryWhereFaster(convolution, input) is not { } geometry)
        {
            return Autocast.Run(convolution, input);
        }

        using var scope = NewDisposeScope();
        var (pixels, taps) = (input.permute(0, 2, 3, 1), convolution.weight.permute(0, 2, 3, 1));
        var output = geometry.IsPointwise ? functional.linear(pixels, taps.flatten(1)) : Kn2Row.Run(pixels, taps, geometry);
        return output.permute(0, 3, 1, 2).MoveToOuterDisposeScope();
    }

    /// <summary>Whether matrix products are the faster.</summary>
    public static bool Suits(Conv2d convolution, Tensor input) => GeometryWhereFaster(convolution, input) is not null;

    private static ConvolutionGeometry? GeometryWhereFaster(Conv2d convolution, Tensor input)
    {
        var weight = convolution.weight;
        if (!convolution.training
            || weight.numel() < LeastWeights
            || Autocast.IsEnabled
            || input.device_type != DeviceType.CPU
            || input.dtype != ScalarType.Float32
            || weight.dtype != ScalarType.Float32
            || input.dim() != 4
            || input.size(1) != weight.size(1)
            || !ConvolutionGeometry.Describes(convolution))
        {
            return null;
        }

        var geometry = ConvolutionGeometry.Of(convolution, input);
        var pixels = geometry.Rows.Output * geometry.Columns.Output;
        var isFaster = geometry.IsPointwise
            ? input.size(0) * pixels <= MostPointwiseRows && input.stride(1) == 1
            : pixels is > 0 and <= MostPixels && weight.stride(1) == 1;
        return isFaster ? geometry : null;
    }
}
