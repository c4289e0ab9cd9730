using System.Diagnostics;
using Cass.Tensors;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Models.Benchmarks;

/// <summary>
/// Images per second of a forward and a backward pass in each precision and layout, in turns, so that what else the machine
/// does falls on all alike; and the peak of memory of each in a process of its own.
/// </summary>
internal static class Modes
{
    private static readonly (string Name, bool ChannelsLast, bool Mixed, bool Checkpointing)[] All =
    [
        ("float32", false, false, false),
        ("float32, channels last", true, false, false),
        ("bfloat16", false, true, false),
        ("bfloat16, channels last", true, true, false),
        ("float32, channels last, checkpointed", true, false, true),
    ];

    public static int Run(string[] arguments)
    {
        var options = new Arguments(arguments);
        var (batch, size, rounds, threads) = (options.Number("--batch", 16), options.Number("--size", 224), options.Number("--rounds", 5), options.Number("--threads", 0));
        if (threads > 0)
        {
            set_num_threads(threads);
        }

        if (options.Number("--only", -1) is >= 0 and var only)
        {
            using var pass = new TrainingPass(options.Names[0], size, batch, All[only]);
            pass.Run();
            pass.Run();
            Console.WriteLine(PeakMemory().ToString(System.Globalization.CultureInfo.InvariantCulture));
            return 0;
        }

        Console.WriteLine(FormattableString.Invariant($"CPU, {get_num_threads()} threads, batches of {batch} at {size}x{size}; images/s forward and backward (least and most of {rounds} rounds), peak memory of the process"));
        foreach (var name in options.Names.Count == 0 ? ["resnet18", "resnet50", "vit_tiny_patch16_224", "vit_small_patch16_224"] : options.Names)
        {
            TrainingPass[] passes = [.. All.Select(mode => new TrainingPass(name, size, batch, mode))];
            var rates = passes.Select(_ => new List<double>()).ToArray();
            for (var round = -1; round < rounds; round++)
            {
                foreach (var (i, pass) in passes.Index())
                {
                    var clock = Stopwatch.StartNew();
                    pass.Run();
                    if (round >= 0)
                    {
                        rates[i].Add(batch / clock.Elapsed.TotalSeconds);
                    }
                }
            }

            foreach (var (i, pass) in passes.Index())
            {
                pass.Dispose();
                rates[i].Sort();
                Console.WriteLine(FormattableString.Invariant($"{name,-24}{All[i].Name,-38}{rates[i][rounds / 2],8:0.0}  ({rates[i][0]:0.0} to {rates[i][^1]:0.0}){PeakOf(name, i, size, batch) / 1e6,8:0} MB"));
            }
        }

        return 0;
    }

    private static long PeakOf(string name, int mode, int size, int batch)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, UseShellExecute = false };
        // glibc keeps freed memory that it took from its heap; mapped memory goes back, so that the peak is what was in use.
        start.Environment["MALLOC_MMAP_THRESHOLD_"] = "65536";
        foreach (var argument in (string[])[typeof(Modes).Assembly.Location, "modes", name, "--only", $"{mode}", "--size", $"{size}", "--batch", $"{batch}"])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return long.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static long PeakMemory()
    {
        using var self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64;
    }

    private sealed class TrainingPass : IDisposable
    {
        private readonly (string Name, bool ChannelsLast, bool Mixed, bool Checkpointing) mode;
        private readonly Backbone network;
        private readonly Tensor images;

        public TrainingPass(string name, int size, int batch, (string Name, bool ChannelsLast, bool Mixed, bool Checkpointing) mode)
        {
            this.mode = mode;
            network = BackboneRegistry.Default.Create(name, new BackboneOptions { ImageHeight = size, ImageWidth = size });
            images = randn([batch, 3, size, size]);
            if (mode.ChannelsLast)
            {
                network.ToChannelsLast();
            }

            network.train();
        }

        public void Run()
        {
            using var scope = NewDisposeScope();
            network.zero_grad();
            Tensor loss;
            using (Autocast.Enable(mode.Mixed))
            using (GradientCheckpointing.Enable(mode.Checkpointing))
            {
                loss = network.forward(images).square().mean();
            }

            loss.backward();
        }

        public void Dispose()
        {
            network.Dispose();
            images.Dispose();
        }
    }
}
