using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cass.Tensors;

/// <summary>
/// Convolutions in bfloat16. On processors, oneDNN 3.7.1, which libtorch 2.10 contains, leaves the weights' gradient unset for every element of a kernel that never meets
/// a pixel, as most of 3×3 do on maps of 1×1, and now and then multiplies memory it never wrote where a stride leads out of a map of one pixel. What lies there may be NaN.
/// </summary>
/// <remarks>Such convolutions are turned into others of the same value: the zeros around the map are made pixels, and a stride that is never taken is one of 1.</remarks>
internal static class Bfloat16Convolution
{
    /// <summary>Convolves.</summary>
    /// <param name="images">[batch, inputs, height, width] or [inputs, height, width], bfloat16.</param>
    /// <param name="weight">[outputs, inputs ÷ groups, kernel height, kernel width], bfloat16.</param>
    /// <param name="bias">[outputs], bfloat16; none where null.</param>
    /// <param name="stride">One for both axes, or rows and columns.</param>
    /// <param name="padding">As the stride.</param>
    /// <param name="dilation">As the stride.</param>
    /// <param name="groups">Parts of the channels that are convolved apart.</param>
    /// <returns>[batch, outputs, height, width] or [outputs, height, width], bfloat16.</returns>
    public static Tensor Run(Tensor images, Tensor weight, Tensor? bias, long[] stride, long[] padding, long[] dilation, long groups)
    {
        if (images.device_type != DeviceType.CPU)
        {
            return functional.conv2d(images, weight, bias, stride, padding, dilation, groups);
        }

        var (rows, columns) = (Axis(0), Axis(1));
        long[] taken = rows.IsCoveredAtOnce && columns.IsCoveredAtOnce ? [1, 1] : stride;
        if (rows.ReachesEverywhere && columns.ReachesEverywhere)
        {
            return functional.conv2d(images, weight, bias, taken, padding, dilation, groups);
        }

        using var padded = functional.pad(images, [columns.Padding, columns.Padding, rows.Padding, rows.Padding]);
        return functional.conv2d(padded, weight, bias, taken, [0, 0], dilation, groups);

        ConvolutionAxis Axis(int axis) =>
            new(images.size(axis - 2), weight.size(axis - 2), Of(stride, axis), Of(padding, axis), Of(dilation, axis));

        static long Of(long[] values, int axis) => values[values.Length == 1 ? 0 : axis];
    }
}
