using System.Diagnostics;
using System.Globalization;
using Cass.Training;

namespace Cass.Load.Benchmarks;

/// <summary>What an image costs in batches of different sizes, on a thread of its own as in a service.</summary>
internal static class BatchesCommand
{
    private const string Statistics = "/proc/self/stat";
    private const int MinorFaults = 8;
    private const int LeastRounds = 3;
    private const int LeastImages = 48;

    public static void Run(string network, int size)
    {
        using var folder = new SavedClassifier(network, size);
        using var classifier = ImageClassifier.Load(folder.Path);
        Console.WriteLine("| network | batch | an image | page faults an image |");
        Console.WriteLine("|---|---|---|---|");
        var thread = new Thread(() =>
        {
            foreach (var batch in (int[])[1, 2, 4, 8, 16, 32])
            {
                Measure(classifier, batch, FormattableString.Invariant($"{network} at {size}×{size}"));
            }
        });
        thread.Start();
        thread.Join();
    }

    private static void Measure(ImageClassifier classifier, int batch, string what)
    {
        IImageSource[] images = [.. Enumerable.Range(0, batch).Select(seed => classifier.Prepare(new Picture(seed, classifier.ImageHeight, classifier.ImageWidth)))];
        classifier.Predict(images);
        var rounds = Math.Max(LeastRounds, LeastImages / batch);
        var faults = Faults();
        var clock = Stopwatch.StartNew();
        for (var round = 0; round < rounds; round++)
        {
            classifier.Predict(images);
        }

        var count = (double)rounds * batch;
        Console.WriteLine(FormattableString.Invariant($"| {what} | {batch} | {clock.Elapsed.TotalMilliseconds / count:0.0} ms | {(Faults() - faults) / count:0} |"));
    }

    /// <summary>Pages that the kernel has given to this process so far; 0 where it does not tell.</summary>
    private static long Faults() => File.Exists(Statistics)
        ? long.Parse(File.ReadAllText(Statistics).Split(')')[^1].Split(' ')[MinorFaults], CultureInfo.InvariantCulture)
        : 0;
}
