using System.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Tests.Models;

/// <summary>The fill and the images that tests/reference/README.md defines, so that whole networks compare without weights.</summary>
public static class DeterministicFill
{
    /// <summary>Fills every parameter and buffer of a network by its state-dict name.</summary>
    public static T Apply<T>(T module)
        where T : nn.Module
    {
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        foreach (var (name, tensor) in module.state_dict())
        {
            if (name.EndsWith("relative_position_index", StringComparison.Ordinal) || name.EndsWith("attn_mask", StringComparison.Ordinal))
            {
                continue;
            }

            using var values = torch.tensor(Values(name, tensor.shape), tensor.shape);
            tensor.copy_(values);
        }

        return module;
    }

    /// <summary>A batch of images [batch, channels, height, width].</summary>
    public static Tensor Images(long batch, long channels, long height, long width, double phase = 11) =>
        torch.tensor(Wave(batch * channels * height * width, phase, 0.7548776662, scale: 1, offset: 0), [batch, channels, height, width]);

    private static float[] Values(string name, long[] shape)
    {
        var count = shape.Aggregate(1L, (product, size) => product * size);
        var (scale, offset) = ScaleAndOffset(name, shape, count);
        return Wave(count, Crc32(name) % 65536, 0.61803398875, scale, offset);
    }

    private static (double Scale, double Offset) ScaleAndOffset(string name, long[] shape, long count)
    {
        if (name.EndsWith("num_batches_tracked", StringComparison.Ordinal))
        {
            return (0, 0);
        }

        if (name.EndsWith("running_var", StringComparison.Ordinal))
        {
            return (0.25, 1);
        }

        if (name.EndsWith("running_mean", StringComparison.Ordinal))
        {
            return (0.05, 0);
        }

        if (name.EndsWith("bias", StringComparison.Ordinal) || name is "cls_token" or "pos_embed" or "dist_token")
        {
            return (0.02, 0);
        }

        return shape.Length <= 1 ? (0.1, 1) : (Math.Sqrt(2.0 / (count / shape[0])), 0);
    }

    /// <summary>In float64 by the runtime's sine, whose last digit libtorch's need not have.</summary>
    private static float[] Wave(long count, double phase, double step, double scale, double offset)
    {
        var values = new float[count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = (float)((Math.Sin((step * i) + phase) * scale) + offset);
        }

        return values;
    }

    private static uint Crc32(string text)
    {
        var crc = uint.MaxValue;
        foreach (var value in Encoding.UTF8.GetBytes(text))
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            }
        }

        return ~crc;
    }
}
