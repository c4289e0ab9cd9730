using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Training;

/// <summary>How long the passes of networks take in float32 and in bfloat16, by a few of each in turns.</summary>
internal static class StepTimes
{
    private const int MostRounds = 3;
    private const int MostImages = 16;

    /// <summary>Of larger images fewer are taken, down to two, which batch norms need.</summary>
    private const int MostPixels = MostImages * 128 * 128;

    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(2);

    /// <summary>How many images are measured with.</summary>
    public static int ImagesOf(int batchSize, (int Height, int Width) size) => Math.Max(2, Math.Min(Math.Min(batchSize, MostImages), MostPixels / Math.Max(1, size.Height * size.Width)));

    /// <summary>Measures forward and backward passes of copies, one network after the other. Nothing that training goes on with is touched, the CPU's random numbers included.</summary>
    /// <returns>The shortest of the times in each: what else the machine does only adds to them.</returns>
    public static (TimeSpan Float32, TimeSpan Bfloat16) Measure(IReadOnlyCollection<Backbone> networks, Computation computation, (int Height, int Width) size, int images)
    {
        using var random = torch.random.get_rng_state();
        var copies = new List<Backbone>();
        try
        {
            foreach (var network in networks)
            {
                copies.Add(network.Copy());
                copies[^1].train();
            }

            var (single, half) = (computation.In(NumericPrecision.Float32), computation.In(NumericPrecision.BFloat16));
            using var scope = NewDisposeScope();
            var batches = copies.ConvertAll(copy => randn([images, copy.Configuration.InputChannels, size.Height, size.Width]).to(computation.Device));

            // The first ones choose kernels and get memory.
            Time(copies, batches, single);
            Time(copies, batches, half);
            var (best, bestOfHalf) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
            var watch = Stopwatch.StartNew();
            for (var round = 0; round < MostRounds && (round == 0 || watch.Elapsed < Enough); round++)
            {
                best = Least(best, Time(copies, batches, single));
                bestOfHalf = Least(bestOfHalf, Time(copies, batches, half));
            }

            return (best, bestOfHalf);
        }
        finally
        {
            copies.ForEach(copy => copy.Dispose());
            torch.random.set_rng_state(random);
        }
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static TimeSpan Time(List<Backbone> networks, List<Tensor> batches, Computation computation)
    {
        Synchronize(computation.Device);
        var watch = Stopwatch.StartNew();
        using var run = computation.BeginRun();
        foreach (var (network, batch) in networks.Zip(batches))
        {
            using var scope = NewDisposeScope();
            Tensor loss;
            using (computation.BeginForward())
            {
                loss = network.forward(batch).mean();
            }

            // A network that is frozen as a whole has nothing to compute backward.
            if (loss.requires_grad)
            {
                loss.backward();
            }

            network.zero_grad();
        }

        Synchronize(computation.Device);
        return watch.Elapsed;
    }

    private static void Synchronize(Device device)
    {
        if (device.type == DeviceType.CUDA)
        {
            cuda.synchronize(device);
        }
    }
}
