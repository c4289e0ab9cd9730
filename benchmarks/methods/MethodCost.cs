using System.Diagnostics;
using Cass.Data;
using Cass.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Methods.Benchmarks;

/// <summary>What a method's step costs, beside its own passes and beside a supervised step of the same network.</summary>
/// <param name="Passes">Milliseconds of the forward pass and the backward pass, in the step.</param>
/// <param name="Step">Milliseconds of the whole step in a <see cref="Pretrainer"/>.</param>
/// <param name="Supervised">Milliseconds of a forward and backward pass of the same networks on one full view, as supervised training has them.</param>
internal sealed record MethodCost(double Passes, double Step, double Supervised)
{
    public static MethodCost Measure(ISelfSupervisedMethod method, IReadOnlyList<Backbone> networks, int size, int batchSize, int rounds, int steps)
    {
        using var scope = NewDisposeScope();
        using var timed = new TimedMethod(method);
        Tensor[] views = [.. method.CreateViews(size, size, ChannelStatistics.ImageNet).Select(view => randn(batchSize, 3, view.OutputHeight, view.OutputWidth))];
        using var pretrainer = new Pretrainer(timed, new PretrainingOptions { Epochs = 1, BatchSize = batchSize }, new RunOptions { Device = "cpu", Images = { Height = size } });
        var (passes, whole, supervised) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            // What is compared takes turns, so that a change of the machine's speed meets both.
            var (clock, before) = (new StepClock(), timed.Passes.Count);
            pretrainer.Run(new HeldBatches(views, steps + 1), clock);
            whole.AddRange(clock.Steps);
            passes.AddRange(timed.Passes.Skip(before + 1));
            using var full = randn(batchSize, 3, size, size);
            supervised.AddRange(Timed(steps, () =>
            {
                foreach (var network in networks)
                {
                    network.zero_grad();
                    network.forward(full).square().mean().backward();
                }
            }));
        }

        return new MethodCost(Median(passes), Median(whole), Median(supervised));
    }

    private static IEnumerable<double> Timed(int steps, Action work)
    {
        for (var step = 0; step <= steps; step++)
        {
            var start = Stopwatch.GetTimestamp();
            using (NewDisposeScope())
            {
                work();
            }

            if (step > 0)
            {
                yield return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }
    }

    private static double Median(List<double> times)
    {
        times.Sort();
        return times[times.Count / 2];
    }
}
