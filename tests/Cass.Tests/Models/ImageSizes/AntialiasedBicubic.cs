using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

/// <summary>
/// Pillow's bicubic resampling, which PyTorch's antialiased one follows, by its definition: a weighted mean under the kernel of
/// Keys (1981) with a = -0.5, stretched where the image shrinks.
/// </summary>
internal static class AntialiasedBicubic
{
    /// <summary>What each of the new positions takes from each of the old: float64 [to, from].</summary>
    public static Tensor Weights(int from, int to)
    {
        var weights = new double[to * from];
        var scale = (double)from / to;
        var stretch = Math.Max(scale, 1);
        for (var i = 0; i < to; i++)
        {
            var center = (i + 0.5) * scale;
            var row = Enumerable.Range(0, from).Select(j => Kernel((j + 0.5 - center) / stretch)).ToArray();
            for (var j = 0; j < from; j++)
            {
                weights[(i * from) + j] = row[j] / row.Sum();
            }
        }

        return tensor(weights, [to, from]);
    }

    /// <summary>The grid of a position embedding, float64 [1, prefix + patches, features], resampled by those weights.</summary>
    public static Tensor Resample(Tensor embedding, int prefix, (int Height, int Width) from, (int Height, int Width) to)
    {
        var grid = embedding.narrow(1, prefix, (long)from.Height * from.Width).reshape(from.Height, from.Width, -1);
        var resampled = einsum("yh,xw,hwc->yxc", Weights(from.Height, to.Height), Weights(from.Width, to.Width), grid);
        return cat([embedding.narrow(1, 0, prefix), resampled.reshape(1, (long)to.Height * to.Width, -1)], 1);
    }

    private static double Kernel(double x)
    {
        const double A = -0.5;
        x = Math.Abs(x);
        return x < 1 ? (((A + 2) * x) - (A + 3)) * x * x + 1 : x < 2 ? A * (((((x - 5) * x) + 8) * x) - 4) : 0;
    }
}
