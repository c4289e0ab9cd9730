using System.Diagnostics;

namespace Cass.Data.Benchmarks;

/// <summary>Where the time of one image goes, on one thread.</summary>
internal static class Stages
{
    public static int Run(string folder, string[] arguments)
    {
        var size = (int)Arguments.Number(arguments, "--size", 384);
        var dataset = ImageFolder.Read(folder);
        var limit = (int)Arguments.Number(arguments, "--limit", 400);
        dataset = dataset.Sample(Math.Min(1.0, (limit + 0.5) / dataset.Count));
        var validation = CassTransforms.Validation(size, size);
        var training = CassTransforms.Training(size, size);
        var normalized = new float[validation.OutputLength];
        var random = new Xoshiro256Random(1);
        PixelImage[] decoded = [.. dataset.Images.Select(i => i.Decode())];
        PixelImage[] resized = [.. decoded.Select(i => ImageResampling.Resize(i, size, size))];
        Console.WriteLine($"{resized.Count(i => i.Channels == 1)} of {resized.Length} files are grey");
        Time("decode", dataset.Count, i => dataset.Images[i].Decode());
        Time("resize", dataset.Count, i => ImageResampling.Resize(decoded[i], size, size));
        Time("validation pipeline", dataset.Count, i => validation.Apply(decoded[i], random, normalized));
        Time("training pipeline", dataset.Count, i => training.Apply(decoded[i], random, normalized));
        Time("normalise alone", dataset.Count, i => validation.Apply(resized[i], random, normalized));
        Time("training, resized before", dataset.Count, i => training.Apply(resized[i], random, normalized));
        Time("jitter", dataset.Count, i => new ColorJitter(0.2, 0.2, 0.2).Apply(resized[i], random));
        Time("perspective", dataset.Count, i => new RandomPerspective(0.2, 1).Apply(resized[i], random));
        Time("affine", dataset.Count, i => new RandomAffine(10).Apply(resized[i], random));
        Time("horizontal flip", dataset.Count, i => ImageGeometry.FlipHorizontal(resized[i]));
        return 0;
    }

    private static void Time(string name, int count, Action<int> action)
    {
        var best = double.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < count; i++)
            {
                action(i);
            }

            best = Math.Min(best, clock.Elapsed.TotalMilliseconds / count);
        }

        Console.WriteLine(FormattableString.Invariant($"{name,-28} {best:0.000} ms"));
    }
}
