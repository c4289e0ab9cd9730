using System.Text;
using Cass.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Tests.Training;

/// <summary>The noise that <c>tests/reference/generate_steps.py</c> begins a step with.</summary>
internal static class StepNoise
{
    /// <summary>Uniform over [-1, 1): SplitMix64, seeded by the FNV-1a hash of the key.</summary>
    public static Tensor Of(string key, long[] shape, Func<double, double>? value = null)
    {
        var seed = 0xcbf29ce484222325;
        foreach (var letter in Encoding.UTF8.GetBytes(key))
        {
            seed = (seed ^ letter) * 0x100000001b3;
        }

        var values = new double[shape.Aggregate(1L, (product, length) => product * length)];
        for (var i = 0; i < values.Length; i++)
        {
            var z = seed + ((ulong)(i + 1) * 0x9e3779b97f4a7c15);
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
            z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
            z ^= z >> 31;
            var u = ((z >> 11) * (1.0 / (1L << 52))) - 1;
            values[i] = value is null ? u : value(u);
        }

        return tensor(values, shape);
    }

    /// <summary>The weights and running statistics of a network at the beginning of a step.</summary>
    public static Tensor Weight(string network, string name, long[] shape)
    {
        var fanIn = shape.Length < 2 ? 1 : shape.Skip(1).Aggregate(1L, (product, length) => product * length);
        Func<double, double> value = name switch
        {
            _ when name.EndsWith("running_var", StringComparison.Ordinal) => u => 1 + (0.5 * u),
            _ when name.EndsWith(".bias", StringComparison.Ordinal) || name.EndsWith("running_mean", StringComparison.Ordinal) => u => 0.1 * u,
            _ when shape.Length == 1 => u => 1 + (0.1 * u),
            "cls_token" or "pos_embed" => u => 0.5 * u,
            _ => u => u * Math.Sqrt(3.0 / fanIn),
        };
        return Of($"weight/{network}/{name}", shape, value);
    }

    public static void Fill(Backbone network)
    {
        using var scope = NewDisposeScope();
        using var guard = no_grad();
        foreach (var (name, tensor) in Tensors(network))
        {
            tensor.copy_(Weight(network.ModelName, name, tensor.shape));
        }
    }

    /// <summary>Weights and running statistics by name.</summary>
    public static Dictionary<string, Tensor> Tensors(Backbone network) => network.state_dict()
        .Where(e => e.Value.is_floating_point())
        .ToDictionary(e => e.Key, e => e.Value, StringComparer.Ordinal);
}
