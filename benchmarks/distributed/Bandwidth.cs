using System.Diagnostics;
using static TorchSharp.torch;

namespace Cass.Distributed.Benchmarks;

/// <summary>All-reduces of several sizes, beside copies of the same bytes within a process.</summary>
internal static class Bandwidth
{
    private const int Repeats = 15;

    public static void Measure(IProcessGroup group, int largest)
    {
        if (group.Rank == 0)
        {
            Console.WriteLine($"{group.Size} processes, {group.Transport}; the least of {Repeats} times");
            Console.WriteLine("| bytes | all-reduce, ms | bytes a second that each process sends, GB | copy in memory, ms | GB/s |");
            Console.WriteLine("|---|---|---|---|---|");
        }

        foreach (var bytes in (long[])[8, 4 << 10, 64 << 10, 1 << 20, 25 << 20, (long)largest << 20])
        {
            using var scope = NewDisposeScope();
            var tensor = ones(Math.Max(1, bytes / 4));
            var other = ones(Math.Max(1, bytes / 4));
            var reduce = Least(() => group.AllReduce(tensor), group);
            var copy = Least(() => other.copy_(tensor), group);
            if (group.Rank == 0)
            {
                var sent = 2.0 * (group.Size - 1) / group.Size * bytes;
                Console.WriteLine($"| {bytes:N0} | {reduce * 1e3:0.###} | {sent / reduce / 1e9:0.00} | {copy * 1e3:0.####} | {bytes / copy / 1e9:0.00} |");
            }
        }
    }

    /// <summary>The least time: on a machine that others use, the rest measures them.</summary>
    private static double Least(Action work, IProcessGroup group)
    {
        work();
        var times = new List<double>();
        for (var i = 0; i < Repeats; i++)
        {
            group.Barrier();
            var clock = Stopwatch.StartNew();
            work();
            times.Add(clock.Elapsed.TotalSeconds);
        }

        return times.Min();
    }
}
