using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training.Benchmarks;

/// <summary>What the machine can do at best, by the same library.</summary>
internal static class Ceilings
{
    private static readonly long[] Sides = [512, 1024, 2048, 4096];

    /// <summary>Products of large matrices in a precision: operations a second, of the fastest size.</summary>
    public static double Operations(Device device, NumericPrecision precision)
    {
        var type = precision switch
        {
            NumericPrecision.BFloat16 => ScalarType.BFloat16,
            NumericPrecision.Float64 => ScalarType.Float64,
            _ => ScalarType.Float32,
        };
        var before = backends.cuda.matmul.allow_tf32;
        backends.cuda.matmul.allow_tf32 = precision == NumericPrecision.TensorFloat32;
        try
        {
            return Sides.Max(side =>
            {
                using var left = randn(side, side, device: device).to(type);
                using var right = randn(side, side, device: device).to(type);
                return 2.0 * side * side * side / Least(device, () => left.mm(right).Dispose());
            });
        }
        finally
        {
            backends.cuda.matmul.allow_tf32 = before;
        }
    }

    /// <summary>
    /// Bytes read and written a second by the addition of one large array to another in place, which, like an optimiser's
    /// step, writes only where it has read: a copy also reads, unseen, what it overwrites.
    /// </summary>
    public static double Bytes(Device device)
    {
        const long Length = 64L << 20;
        using var to = zeros(Length, device: device);
        using var from = ones(Length, device: device);
        return 12.0 * Length / Least(device, () => to.add_(from));
    }

    /// <summary>Seconds of the quickest of many tries.</summary>
    private static double Least(Device device, Action work)
    {
        const int Tries = 10;
        var least = double.MaxValue;
        var all = Stopwatch.StartNew();
        for (var i = 0; i < Tries || all.Elapsed < TimeSpan.FromSeconds(2); i++)
        {
            OptimizerWork.Synchronize(device);
            var clock = Stopwatch.StartNew();
            work();
            OptimizerWork.Synchronize(device);
            least = Math.Min(least, clock.Elapsed.TotalSeconds);
        }

        return least;
    }
}
