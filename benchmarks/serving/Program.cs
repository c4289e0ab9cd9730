using System.Diagnostics;
using Cass;
using Cass.Data;
using Cass.Serving.Benchmarks;
using Cass.Training;

// How soon a saved classifier answers, how fast it goes on, and what it keeps. usage: [NETWORK] [PREDICTIONS]
var name = args.Length > 0 ? args[0] : "resnet18";
var predictions = args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 10_000;
var folder = Directory.CreateTempSubdirectory("cass-").FullName;
try
{
    var labels = new LabelMap(["a", "b", "c", "d"]);
    var images = ImageDataset.FromImages(Enumerable.Range(0, 16).Select(i => ((IImageSource)new RandomImage(i), labels[i % 4])), labels);
    using (var trainer = CassTrainer.CreateBuilder().UseCnn(name).UseTransformer("vit_tiny_patch16_224").ConfigureFineTuning(o => o.Epochs = 1).Build())
    {
        using var trained = trainer.FineTune(trainer.Cnn, images);
        trained.Save(folder);
    }

    for (var round = 1; round <= 3; round++)
    {
        var clock = Stopwatch.StartNew();
        using var classifier = ImageClassifier.Load(folder);
        var loaded = clock.Elapsed;
        classifier.Predict(images.Images[0]);
        Console.WriteLine(FormattableString.Invariant($"{name} at {classifier.ImageHeight}x{classifier.ImageWidth}: loaded in {loaded.TotalSeconds:0.000} s, first answer after {clock.Elapsed.TotalSeconds:0.000} s"));
    }

    using var serving = ImageClassifier.Load(folder);
    for (var block = 0; block < 5; block++)
    {
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < predictions / 5; i++)
        {
            serving.Predict(images.Images[i % images.Count]);
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var self = Process.GetCurrentProcess();
        Console.WriteLine(FormattableString.Invariant($"{(block + 1) * (predictions / 5),7} predictions: {predictions / 5 / clock.Elapsed.TotalSeconds:0.0} images/s, {self.WorkingSet64 / 1e6:0} MB resident"));
    }
}
finally
{
    Directory.Delete(folder, recursive: true);
}
