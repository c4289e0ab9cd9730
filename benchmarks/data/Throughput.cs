using System.Diagnostics;

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
        using var loader = new ImageLoader(dataset, CassTransforms.Training(size, size), new ImageLoaderOptions
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
                batch.Dispose();
            }

            var seconds = clock.Elapsed.TotalSeconds;
            var cpuSeconds = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds;
            Console.WriteLine(FormattableString.Invariant($"Cass.Data epoch {epoch}: {images} images in {seconds:0.00} s, {images / seconds:0} images/s; {1000 * cpuSeconds / images:0.000} ms of processor time an image"));
        }

        return 0;
    }
}
