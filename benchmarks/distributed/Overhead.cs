using System.Diagnostics;
using Cass.Training;
using static TorchSharp.torch;

namespace Cass.Distributed.Benchmarks;

/// <summary>Steps of one process that trains alone, and in turns with them those of one in a group of one.</summary>
internal static class Overhead
{
    private const int Batches = 12;
    private const int BatchSize = 16;

    public static void Measure(IProcessGroup group, int rounds)
    {
        if (group.Size != 1 || group is SingleProcess)
        {
            throw new InvalidOperationException("Start it by mpirun -n 1.");
        }

        Console.WriteLine($"{group.Transport}: what a step adds in a group of one takes {Added(group) * 1e6:0.0} µs");
        using var alone = SmallTrainer.Create(new SingleProcess());
        using var grouped = SmallTrainer.Create(group);
        var ratios = new List<double>();
        var (all, allGrouped) = (new StepClock(), new StepClock());
        for (var round = 0; round < rounds; round++)
        {
            // Each goes first as often as the other.
            CassTrainer[] order = round % 2 == 0 ? [alone, grouped] : [grouped, alone];
            var medians = order.ToDictionary(trainer => trainer, trainer =>
            {
                var clock = new StepClock();
                trainer.Pretrain(new FixedBatches(Batches, BatchSize, SmallTrainer.Side, views: 1), clock);
                var sum = ReferenceEquals(trainer, alone) ? all : allGrouped;
                sum.Seconds.AddRange(clock.Seconds);
                sum.ProcessorSeconds.AddRange(clock.ProcessorSeconds);
                return clock.Median;
            });
            ratios.Add(medians[grouped] / medians[alone]);
        }

        Console.WriteLine($"{group.Transport}: processor time of a step alone {all.ProcessorMedian * 1e3:0.0} ms, in a group of one {allGrouped.ProcessorMedian * 1e3:0.0} ms ({(allGrouped.ProcessorMedian / all.ProcessorMedian) - 1:+0.0%;-0.0%})");
        Console.WriteLine($"{group.Transport}: a step alone {all.Median * 1e3:0.0} ms, in a group of one {allGrouped.Median * 1e3:0.0} ms ({(allGrouped.Median / all.Median) - 1:+0.0%;-0.0%}); the rounds: {string.Join(", ", ratios.Select(ratio => $"{ratio - 1:+0.0%;-0.0%}"))}");
    }

    /// <summary>The seconds of the messages of a step: three numbers gathered before it, the loss summed up after it; the median of many.</summary>
    private static double Added(IProcessGroup group)
    {
        const int Repeats = 2001;
        var times = new List<double>(Repeats);
        for (var i = 0; i < Repeats; i++)
        {
            using var scope = NewDisposeScope();
            var clock = Stopwatch.StartNew();
            group.AllGather(tensor(new[] { 16L, 0, 0 }, [1, 3]), [1]).data<long>().ToArray();
            using (DistributedBatch.Enter(group, [16]))
            {
                DistributedBatch.MeanOfShares(tensor(1.5f));
            }

            times.Add(clock.Elapsed.TotalSeconds);
        }

        return times.Order().ElementAt(Repeats / 2);
    }
}
