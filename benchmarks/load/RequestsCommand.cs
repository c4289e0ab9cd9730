using System.Collections.Concurrent;
using System.Diagnostics;
using SkiaSharp;

namespace Cass.Load.Benchmarks;

/// <summary>Clients that upload images one after another, all at once, to a service on this machine.</summary>
internal static class RequestsCommand
{
    private const int WarmUp = 200;
    private const int Pictures = 16;
    private const int UploadSide = 512;

    public static async Task RunAsync(string network, int size, int clients, int requests, Engine engine, string[] settings)
    {
        using var folder = new SavedClassifier(network, size);
        using var service = new ServiceProcess(engine is Engine.OnnxRuntime ? folder.Model : folder.Path, settings);
        using var client = new HttpClient { BaseAddress = service.Address, Timeout = Timeout.InfiniteTimeSpan };
        byte[][] uploads = [.. Enumerable.Range(0, Pictures).Select(seed => new Picture(seed, UploadSide, UploadSide).Encode(SKEncodedImageFormat.Jpeg))];
        await SendAsync(client, uploads, clients, WarmUp);
        var before = service.Megabytes;
        var clock = Stopwatch.StartNew();
        var (latencies, outcomes) = await SendAsync(client, uploads, clients, requests);
        var elapsed = clock.Elapsed;
        var after = service.Megabytes;
        var alone = await SendAsync(client, uploads, clients: 1, WarmUp);

        Console.WriteLine("| network | engine | clients | requests | images/s | p50 | p90 | p99 | slowest | one client, p50 | memory before | after | peak |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        Console.WriteLine(FormattableString.Invariant(
            $"| {network} at {size}×{size} | {engine} | {clients} | {requests:N0} | {requests / elapsed.TotalSeconds:0.0} | {At(latencies, 0.5):0} ms | {At(latencies, 0.9):0} ms | {At(latencies, 0.99):0} ms | {At(latencies, 1):0} ms | {At(alone.Latencies, 0.5):0} ms | {before:0} MB | {after:0} MB | {service.PeakMegabytes:0} MB |"));
        Console.WriteLine($"Answers: {string.Join(", ", outcomes.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key}: {pair.Value}"))}");
    }

    private static async Task<(double[] Latencies, ConcurrentDictionary<int, int> Outcomes)> SendAsync(HttpClient client, byte[][] uploads, int clients, int requests)
    {
        var latencies = new double[requests];
        var outcomes = new ConcurrentDictionary<int, int>();
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < requests;)
            {
                var begin = Stopwatch.GetTimestamp();
                using var content = new ByteArrayContent(uploads[i % uploads.Length]);
                using var response = await client.PostAsync(new Uri("predictions", UriKind.Relative), content);
                await response.Content.ReadAsByteArrayAsync();
                latencies[i] = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
                outcomes.AddOrUpdate((int)response.StatusCode, 1, (_, count) => count + 1);
            }
        })));
        Array.Sort(latencies);
        return (latencies, outcomes);
    }

    private static double At(double[] sorted, double share) => sorted[(int)(share * (sorted.Length - 1))];
}
