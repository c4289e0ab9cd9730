using System.Diagnostics;
using System.Text.Json;
using Cass.OnnxRuntime;
using Cass.Training;

namespace Cass.Serving.Benchmarks;

/// <summary>One engine with one classifier, in a process of its own: from its start to the first answer, then single images, then batches.</summary>
internal static class MeasureCommand
{
    private const int BatchSize = 32;
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(2);

    /// <param name="engine">The engine to load.</param>
    /// <param name="path">The folder of the classifier, or its ONNX model.</param>
    /// <param name="seconds">How long to measure single images, and again batches.</param>
    public static void Run(Engine engine, string path, int seconds)
    {
        var images = RandomImage.Several(BatchSize).Select(image => (IImageSource)new HeldImage(image)).ToArray();
        IImagePredictor predictor = engine is Engine.OnnxRuntime ? OnnxClassifier.Load(path) : ImageClassifier.Load(path);
        using var owner = (IDisposable)predictor;
        predictor.Predict([images[0]]);
        using var self = Process.GetCurrentProcess();
        var first = DateTime.Now - self.StartTime;

        Repeat(Warm, () => predictor.Predict([images[0]]));
        var single = Repeat(TimeSpan.FromSeconds(seconds), () => predictor.Predict([images[0]]));
        Repeat(Warm, () => predictor.Predict(images));
        var batches = Repeat(TimeSpan.FromSeconds(seconds), () => predictor.Predict(images));
        self.Refresh();
        Console.WriteLine(JsonSerializer.Serialize(new Measurement(
            first.TotalSeconds,
            Percentile(single, 0.5),
            Percentile(single, 0.99),
            BatchSize * batches.Count / batches.Sum(time => time.TotalSeconds),
            self.PeakWorkingSet64 / 1e6)));
    }

    private static List<TimeSpan> Repeat(TimeSpan duration, Action action)
    {
        var times = new List<TimeSpan>();
        for (var all = Stopwatch.StartNew(); all.Elapsed < duration || times.Count < 5;)
        {
            var start = all.Elapsed;
            action();
            times.Add(all.Elapsed - start);
        }

        return times;
    }

    private static double Percentile(List<TimeSpan> times, double share) => times.Order().ElementAt((int)(share * (times.Count - 1))).TotalMilliseconds;

    /// <summary>An image that is decoded already: networks are compared, not generators of noise.</summary>
    private sealed class HeldImage(RandomImage image) : IImageSource
    {
        private readonly byte[] pixels = image.Decode().Pixels.ToArray();

        public string Name { get; } = image.Name;

        public PixelImage Decode() => new(224, 224, 3, pixels.ToArray());
    }
}
