using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training.Benchmarks;

/// <summary>What the machine can do at best, by the same library: products of large matrices, and copies of large arrays.</summary>
internal static class Ceilings
{
    /// <returns>Operations a second, and bytes read and written a second; the best of several tries.</returns>
    public static (double Operations, double Bytes) Measure(Device device)
    {
        const long Side = 1024;
        const long Length = 64L << 20;
        using var left = randn(Side, Side, device: device);
        using var right = randn(Side, Side, device: device);
        using var from = zeros(Length, device: device);
        using var to = zeros_like(from);
        return (
            2.0 * Side * Side * Side / Best(device, () => left.mm(right).Dispose()),
            8.0 * Length / Best(device, () => to.copy_(from)));
    }

    private static double Best(Device device, Action work)
    {
        var best = double.MaxValue;
        for (var i = 0; i < 20; i++)
        {
            OptimizerWork.Synchronize(device);
            var clock = Stopwatch.StartNew();
            work();
            OptimizerWork.Synchronize(device);
            best = Math.Min(best, clock.Elapsed.TotalSeconds);
        }

        return best;
    }
}
