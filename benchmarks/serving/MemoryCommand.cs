using System.Diagnostics;
using Cass.Training;

namespace Cass.Serving.Benchmarks;

/// <summary>How soon a saved classifier answers, how fast it goes on, and what it keeps.</summary>
internal static class MemoryCommand
{
    private const int Blocks = 5;

    public static void Run(string name, int predictions)
    {
        using var folder = new ClassifierFolder(name);
        var images = RandomImage.Several(16);
        for (var round = 1; round <= 3; round++)
        {
            var clock = Stopwatch.StartNew();
            using var classifier = ImageClassifier.Load(folder.Path);
            var loaded = clock.Elapsed;
            classifier.Predict(images[0]);
            Console.WriteLine(FormattableString.Invariant($"{name} at {classifier.ImageHeight}x{classifier.ImageWidth}: loaded in {loaded.TotalSeconds:0.000} s, first answer after {clock.Elapsed.TotalSeconds:0.000} s"));
        }

        using var serving = ImageClassifier.Load(folder.Path);
        for (var block = 0; block < Blocks; block++)
        {
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < predictions / Blocks; i++)
            {
                serving.Predict(images[i % images.Length]);
            }

            GC.Collect();
            GC.WaitForPendingFinalizers();
            using var self = Process.GetCurrentProcess();
            Console.WriteLine(FormattableString.Invariant($"{(block + 1) * (predictions / Blocks),7} predictions: {predictions / Blocks / clock.Elapsed.TotalSeconds:0.0} images/s, {self.WorkingSet64 / 1e6:0} MB resident"));
        }
    }
}
