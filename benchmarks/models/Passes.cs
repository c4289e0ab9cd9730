using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Cass.Models.Benchmarks;

/// <summary>Images per second of a forward pass, and of a forward and a backward pass, for one network of each family.</summary>
internal static class Passes
{
    private static readonly string[] OfEachFamily =
        ["resnet18", "resnet50", "vit_tiny_patch16_224", "vit_base_patch16_224", "deit_small_patch16_224", "convnext_tiny", "swin_tiny_patch4_window7_224"];

    public static int Run(string[] arguments)
    {
        var options = new Arguments(arguments);
        var batch = options.Number("--batch", 8);
        var size = options.Number("--size", 224);
        var seconds = options.Number("--seconds", 10);
        if (options.Number("--threads", 0) is > 0 and var threads)
        {
            set_num_threads(threads);
        }

        var device = cuda.is_available() ? CUDA : CPU;
        Console.WriteLine(FormattableString.Invariant($"{device}, {get_num_threads()} threads, batches of {batch} at {size}x{size}, float32; images/s"));
        Console.WriteLine($"{"",-32}{"forward",12}{"and backward",14}");
        foreach (var name in options.Names.Count == 0 ? OfEachFamily : options.Names)
        {
            using var backbone = BackboneRegistry.Default.Create(name, new BackboneOptions { ImageHeight = size, ImageWidth = size });
            backbone.to(device);
            using var images = randn([batch, 3, size, size], device: device);
            backbone.eval();
            var forward = Measure(batch, seconds, () =>
            {
                using var ungraded = no_grad();
                using var output = backbone.forward(images);
                Synchronize(output);
            });
            backbone.train();
            var both = Measure(batch, seconds, () =>
            {
                using var scope = NewDisposeScope();
                backbone.zero_grad();
                var loss = backbone.forward(images).square().mean();
                loss.backward();
                Synchronize(loss);
            });
            Console.WriteLine(FormattableString.Invariant($"{name,-32}{forward,12:0.0}{both,14:0.0}"));
        }

        return 0;
    }

    /// <summary>The rate of the median pass, after one that is not counted.</summary>
    private static double Measure(int batch, int seconds, Action pass)
    {
        pass();
        var times = new List<double>();
        for (var all = Stopwatch.StartNew(); all.Elapsed.TotalSeconds < seconds || times.Count < 3;)
        {
            var clock = Stopwatch.StartNew();
            pass();
            times.Add(clock.Elapsed.TotalSeconds);
        }

        times.Sort();
        return batch / times[times.Count / 2];
    }

    private static void Synchronize(Tensor result)
    {
        if (result.device_type == DeviceType.CUDA)
        {
            cuda.synchronize();
        }
    }
}
