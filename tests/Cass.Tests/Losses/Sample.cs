using static TorchSharp.torch;

namespace Cass.Tests.Losses;

/// <summary>Random float64 tensors from a seed of their own, whatever torch's generator has been through.</summary>
internal static class Sample
{
    public static Tensor Uniform(int seed, double low, double high, params long[] shape)
    {
        var random = new Random(seed);
        return tensor([.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => low + ((high - low) * random.NextDouble()))], shape);
    }

    public static Tensor Normal(int seed, params long[] shape)
    {
        var random = new Random(seed);
        return tensor(
            [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))],
            shape);
    }
}
