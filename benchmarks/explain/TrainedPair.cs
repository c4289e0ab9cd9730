using BrainMri.Phantoms;
using Cass.Data;
using Cass.Training;

namespace Cass.Explain.Benchmarks;

/// <summary>The pair, pretrained by CASS and fine-tuned on phantoms; kept in a folder, so that it is trained once.</summary>
internal static class TrainedPair
{
    private const int TrainingImages = 1200;
    private const int PretrainEpochs = 3;
    private const int FineTuneEpochs = 12;

    /// <summary>The classifiers of both networks, from the folder or trained anew.</summary>
    public static IReadOnlyList<ImageClassifier> In(string folder)
    {
        string[] paths = [Path.Combine(folder, "cnn"), Path.Combine(folder, "vit")];
        if (!Array.TrueForAll(paths, Directory.Exists))
        {
            Train(paths);
        }

        return [.. paths.Select(path => ImageClassifier.Load(path, TrainingDevice.Cpu, SmallPair.Registry()))];
    }

    private static void Train(string[] paths)
    {
        var images = PhantomDataset.Create(TrainingImages);
        using var trainer = CassTrainer.CreateBuilder()
            .UseRegistry(SmallPair.Registry())
            .UseCnn(SmallPair.Cnn)
            .UseTransformer(SmallPair.Transformer)
            .WithImageSize(SmallPair.Side)
            .WithNormalization(ChannelStatistics.BrainTumorMri)
            .OnDevice(TrainingDevice.Cpu)
            .WithSeed(77)
            .Configure(options => options.DuplicateCheck.Compare = DuplicateCheck.None)
            .ConfigurePretraining(options => options.Epochs = PretrainEpochs)
            .ConfigureFineTuning(options => (options.Epochs, options.LabelFraction) = (FineTuneEpochs, 1))
            .Build();
        trainer.Pretrain(images.Images, new Lines());
        foreach (var (network, path) in new[] { trainer.Cnn, trainer.Transformer }.Zip(paths))
        {
            using var classifier = trainer.FineTune(network, images, progress: new Lines());
            classifier.Save(path);
        }
    }

    /// <summary>Tells of every epoch on standard error.</summary>
    private sealed class Lines : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Batch == value.Batches)
            {
                Console.Error.WriteLine($"{value.Phase} {value.Network}: epoch {value.Epoch}/{value.Epochs}, loss {value.Loss:0.000}, {value.ImagesPerSecond:0} images/s");
            }
        }
    }
}
