using System.Diagnostics;
using Cass.Data;
using Cass.Training;
using SkiaSharp;

namespace Cass.Load.Benchmarks;

/// <summary>What <see cref="ImageDecodingOptions.ReducingGap"/> saves, and what it changes.</summary>
internal static class DecodingCommand
{
    private const int Rounds = 5;
    private const int Input = 224;

    public static void Run(int megapixels)
    {
        var side = (int)Math.Sqrt(megapixels * 1e6);
        var jpeg = new Picture(1, side, side).Encode(SKEncodedImageFormat.Jpeg);
        using var folder = new SavedClassifier("resnet18", Input);
        using var classifier = ImageClassifier.Load(folder.Path);
        var whole = classifier.Predict(jpeg);
        Console.WriteLine(FormattableString.Invariant($"A JPEG of {side}×{side} pixels and {jpeg.Length / 1e6:0.0} MB, decoded and resized to {Input}×{Input}"));
        foreach (var gap in (double?[])[null, 4, 3, 2])
        {
            classifier.Decoding = ImageDecodingOptions.ForPrediction with { ReducingGap = gap };
            var difference = whole.Probabilities.Zip(classifier.Predict(jpeg).Probabilities, (p, q) => Math.Abs(p.Probability - q.Probability)).Max();
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < Rounds; i++)
            {
                classifier.Prepare(new EncodedImage(jpeg, "picture"));
            }

            Console.WriteLine(FormattableString.Invariant($"ReducingGap {gap?.ToString("0") ?? "null"}: {clock.Elapsed.TotalMilliseconds / Rounds:0} ms, probabilities differ by {difference:0.0e+0}"));
        }
    }
}
