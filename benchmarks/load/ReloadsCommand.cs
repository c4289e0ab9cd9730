using Cass.Serving;
using Cass.Training;

namespace Cass.Load.Benchmarks;

/// <summary>What a service keeps after many reloads with requests between them.</summary>
internal static class ReloadsCommand
{
    private const int RequestsEach = 32;

    public static async Task RunAsync(string network, int size, int reloads)
    {
        using var folder = new SavedClassifier(network, size);
        await using var service = new ClassifierService(
            new PredictorSource([], () => ImageClassifier.Load(folder.Path)),
            new ServingOptions { ReloadOnChange = false });
        await service.StartAsync();
        for (var i = 1; i <= reloads; i++)
        {
            var calls = Enumerable.Range(0, RequestsEach).Select(seed => service.PredictAsync(new Picture(seed, size, size))).ToArray();
            await service.ReloadAsync();
            await Task.WhenAll(calls);
            if (i <= 2 || i % Math.Max(1, reloads / 10) == 0)
            {
                Console.WriteLine(FormattableString.Invariant($"{i,6} reloads: {Resident.Megabytes():0} MB resident"));
            }
        }
    }
}
