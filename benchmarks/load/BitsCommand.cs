using Cass.OnnxRuntime;
using Cass.Training;

namespace Cass.Load.Benchmarks;

/// <summary>Whether an image's probabilities depend on the images beside it.</summary>
internal static class BitsCommand
{
    private const int Images = 64;
    private const int Side = 224;

    public static void Run(IReadOnlyList<string> networks)
    {
        Console.WriteLine("| network | engine | batch | equal to the bit | largest difference |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var network in networks)
        {
            using var folder = new SavedClassifier(network, Side);
            using var torch = ImageClassifier.Load(folder.Path);
            using var onnx = OnnxClassifier.Load(folder.Model);
            Compare(network, Engine.TorchSharp, torch);
            Compare(network, Engine.OnnxRuntime, onnx);
        }
    }

    private static void Compare(string network, Engine engine, IImagePredictor predictor)
    {
        IImageSource[] images = [.. Enumerable.Range(0, Images).Select(seed => new Picture(seed, Side, Side))];
        var alone = images.Select(image => predictor.Predict(image)).ToArray();
        foreach (var batch in (int[])[2, 3, 8, 16])
        {
            var together = images.Chunk(batch).SelectMany(predictor.Predict).ToArray();
            var differences = alone.Zip(together, (one, other) => one.Probabilities.Zip(other.Probabilities, (p, q) => Math.Abs(p.Probability - q.Probability)).Max()).ToArray();
            Console.WriteLine(FormattableString.Invariant($"| {network} | {engine} | {batch} | {differences.Count(difference => difference == 0)} of {Images} | {differences.Max():0.0e+0} |"));
        }
    }
}
