using System.Diagnostics;
using TorchSharp;

namespace Cass.Data.Benchmarks;

/// <summary>Images per second of the loader with the published training transform, consumer idle.</summary>
internal static class Throughput
{
    public static int Run(string folder, string[] arguments)
    {
        var size = (int)Arguments.Number(arguments, "--size", 384);
        var epochs = (int)Arguments.Number(arguments, "--epochs", 2);
        var dataset = ImageFolder.Read(folder);
        var limit = (int)Arguments.Number(arguments, "--limit", dataset.Count);
        dataset = dataset.Sample(Math.Min(1.0, (limit + 0.5) / dataset.Count));

        // The random steps of whole batches on the device, in place of those of single images on the loader's threads.
        var device = Array.IndexOf(arguments, "--on-device") < 0 ? null : new DevicePipeline(CassTransforms.Training(size, size));
        var target = torch.cuda.is_available() ? torch.CUDA : torch.CPU;
        using var loader = new ImageLoader(dataset, device?.Preparation ?? CassTransforms.Training(size, size), new ImageLoaderOptions
        {
            BatchSize = 16,
            Shuffle = true,
            Workers = (int)Arguments.Number(arguments, "--workers", 2),
            ReuseMemory = Array.IndexOf(arguments, "--fresh-memory") < 0,
            CacheBytes = Arguments.Number(arguments, "--cache", 0),
        });
        for (var epoch = 1; epoch <= epochs; epoch++)
        {
            var cpu = Process.GetCurrentProcess().TotalProcessorTime;
            var clock = Stopwatch.StartNew();
            var images = 0;
            foreach (var batch in loader.ReadEpoch(epoch))
            {
                images += batch.Count;
                using (batch)
                {
                    Augment(device, batch, target, epoch);
                }
            }

            var seconds = clock.Elapsed.TotalSeconds;
            var cpuSeconds = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds;
            Console.WriteLine(FormattableString.Invariant($"Cass.Data{(device is null ? string.Empty : $" and DevicePipeline on {target}")} epoch {epoch}: {images} images in {seconds:0.00} s, {images / seconds:0} images/s; {1000 * cpuSeconds / images:0.000} ms of processor time an image"));
        }

        return 0;
    }

    private static void Augment(DevicePipeline? pipeline, ImageBatch batch, torch.Device target, int epoch)
    {
        if (pipeline is null)
        {
            return;
        }

        using var scope = torch.NewDisposeScope();
        batch.MoveTo(target);
        pipeline.Apply(batch.Images, batch.Indices, epoch);
        if (target.type == DeviceType.CUDA)
        {
            torch.cuda.synchronize();
        }
    }
}
