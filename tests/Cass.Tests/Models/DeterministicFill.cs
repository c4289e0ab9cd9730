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

            tensor.copy_(torch.tensor(Values(name, tensor.shape), tensor.shape));
        }

        return module;
    }

    /// <summary>A batch of images [batch, channels, height, width].</summary>
    public static Tensor Images(long batch, long channels, long height, long width, double phase = 11) =>
        torch.tensor(
            [.. Wave(batch * channels * height * width, phase, 0.7548776662).Select(v => (float)v)],
            [batch, channels, height, width]);

    private static float[] Values(string name, long[] shape)
    {
        var count = shape.Aggregate(1L, (product, size) => product * size);
        Func<double, double> value;
        if (name.EndsWith("num_batches_tracked", StringComparison.Ordinal))
        {
            value = _ => 0;
        }
        else if (name.EndsWith("running_var", StringComparison.Ordinal))
        {
            value = u => 1 + (0.25 * u);
        }
        else if (name.EndsWith("running_mean", StringComparison.Ordinal))
        {
            value = u => 0.05 * u;
        }
        else if (name.EndsWith("bias", StringComparison.Ordinal))
        {
            value = u => 0.02 * u;
        }
        else if (shape.Length <= 1)
        {
            value = u => 1 + (0.1 * u);
        }
        else if (name is "cls_token" or "pos_embed" or "dist_token")
        {
            value = u => 0.02 * u;
        }
        else
        {
            var scale = Math.Sqrt(2.0 / (count / shape[0]));
            value = u => u * scale;
        }

        return [.. Wave(count, Crc32(name) % 65536, 0.61803398875).Select(u => (float)value(u))];
    }

    private static IEnumerable<double> Wave(long count, double phase, double step)
    {
        for (long i = 0; i < count; i++)
        {
            yield return Math.Sin((step * i) + phase);
        }
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
