using System.Diagnostics;
using System.Globalization;
using Cass.Data;
using Cass.ML.Benchmarks;
using Cass.Models;
using Cass.Training;

namespace Cass.TimeToQuality.Benchmarks;

/// <summary>Trains both networks with this library, and writes a line after each epoch of fine-tuning, as peer.py does.</summary>
internal static class Training
{
    public static void Run(IReadOnlyList<MeasuredImage> split, int share, string[] options)
    {
        var (pretraining, epochs, weights, precision) = (Number("--pretrain") ?? 0, Number("--epochs") ?? 8, Text("--weights"), Text("--precision"));
        using var process = Process.GetCurrentProcess();
        var began = process.StartTime;
        var builder = CassTrainer.CreateBuilder()
            .UseTransformer("vit_tiny_patch16_224")
            .WithImageSize(64)
            .WithSeed(1)
            .ConfigurePretraining(o => o.Epochs = Math.Max(1, pretraining))
            .ConfigureFineTuning(o => o.Epochs = epochs)
            .Configure(o =>
            {
                o.Precision = precision is null ? o.Precision : Enum.Parse<NumericPrecision>(precision, ignoreCase: true);

                // The split is by clusters of near-duplicates already.
                o.DuplicateCheck.Compare = DuplicateCheck.None;
            });
        _ = weights is null ? builder.UseCnn("resnet18") : builder.UseCnn("resnet20", weights).WithNormalization(ChannelStatistics.ImageNet);
        using var trainer = builder.Build();
        var (cnn, transformer) = (trainer.Cnn, trainer.Transformer);
        if (pretraining > 0)
        {
            trainer.Pretrain(Of(image => !image.IsTest).Images);
        }

        var (labelled, heldOut) = (Of(image => !image.IsTest && image.Share <= share), Of(image => image.IsTest));
        trainer.FineTuningEpochEnded += (_, epoch) => Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{(string.Equals(epoch.Network, transformer.ModelName, StringComparison.Ordinal) ? "vit" : "cnn")},{epoch.Epoch},{(DateTime.Now - began).TotalSeconds:0.00},{epoch.ValidationF1:0.0000}"));
        using var classifiers = trainer.FineTune([cnn, transformer], labelled, heldOut);

        ImageDataset Of(Func<MeasuredImage, bool> isOfPart)
        {
            var labels = new LabelMap(split.Select(image => image.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
            return ImageDataset.FromImages(split.Where(isOfPart).Select(image => ((IImageSource)new ImageFile(image.Path), image.Name)), labels);
        }

        string? Text(string name) => Array.IndexOf(options, name) is var i and >= 0 && i + 1 < options.Length ? options[i + 1] : null;
        int? Number(string name) => Text(name) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
    }
}
