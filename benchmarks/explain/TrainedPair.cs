using BrainMri.Phantoms;
using Cass.Data;
using Cass.Training;

namespace Cass.Explain.Benchmarks;

/// <summary>The pair, pretrained by CASS and fine-tuned on phantoms; kept in a folder, so that it is trained once.</summary>
internal static class TrainedPair
{
    /// <summary>The classifiers of both networks, from the folder or trained anew.</summary>
    /// <param name="folder">Where they are kept.</param>
    /// <param name="images">How many phantoms they are trained on.</param>
    /// <param name="epochs">How often fine-tuning goes through them; pretraining does a tenth as often, and at least once.</param>
    public static IReadOnlyList<ImageClassifier> In(string folder, int images, int epochs)
    {
        string[] paths = [Path.Combine(folder, "cnn"), Path.Combine(folder, "vit")];
        if (!Array.TrueForAll(paths, Directory.Exists))
        {
            Train(paths, images, epochs);
        }

        return [.. paths.Select(path => ImageClassifier.Load(path, TrainingDevice.Cpu, SmallPair.Registry()))];
    }

    private static void Train(string[] paths, int count, int epochs)
    {
        var images = ImageDataset.FromImages(
            PhantomDataset.Images(count, SmallPair.Side).Select(phantom => ((IImageSource)new DrawnPhantom(phantom), LabelMap.BrainTumorMri[(int)phantom.Kind])),
            LabelMap.BrainTumorMri);
        using var trainer = CassTrainer.CreateBuilder()
            .UseRegistry(SmallPair.Registry())
            .UseCnn(SmallPair.Cnn)
            .UseTransformer(SmallPair.Transformer)
            .WithImageSize(SmallPair.Side)
            .WithNormalization(ChannelStatistics.BrainTumorMri)
            .OnDevice(TrainingDevice.Cpu)
            .WithSeed(77)
            .Configure(options => options.DuplicateCheck.Compare = DuplicateCheck.None)
            .ConfigurePretraining(options => options.Epochs = Math.Max(1, epochs / 10))
            .ConfigureFineTuning(options => (options.Epochs, options.LabelFraction) = (epochs, 1))
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
