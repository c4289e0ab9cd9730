using Cass;
using Cass.Data;
using Cass.Training;
using SkiaSharp;

namespace Company.CassService1;

/// <summary>A classifier to try the service with, of images that are drawn: dark ones with a bright ring, or with a bright spot. Replace it by yours, and delete this file.</summary>
internal static class FirstClassifier
{
    private const int Side = 64;
    private static readonly string[] Classes = ["ring", "spot"];

    /// <summary>Trains it in about ten seconds, saves it, and writes an image of each class beside it, to upload.</summary>
    public static void Train(string folder)
    {
        Console.WriteLine($"There is no classifier in '{folder}': training one on images that are drawn.");
        var images = ImageDataset.FromImages(
            Enumerable.Range(0, 120).Select(i => ((IImageSource)RawImage.FromBytes($"image {i}", Side, Side, () => Draw(i)), Classes[i % 2])),
            new LabelMap(Classes));
        using var trainer = CassTrainer.CreateBuilder()
            .UseCnn("resnet18")
            .WithImageSize(Side)
            .ConfigureFineTuning(options => (options.Epochs, options.Loss) = (4, FineTuningLoss.CrossEntropy))
            .Build();
        using var classifier = trainer.FineTune(trainer.Cnn, images);
        foreach (var (label, i) in Classes.Select((label, i) => (label, i)))
        {
            Save($"{label}.png", Draw(1000 + i));
        }

        classifier.Save(folder);
    }

    private static byte[] Draw(int number)
    {
        var random = new Random(number);
        var (x, y, radius) = (random.Next(16, 48), random.Next(16, 48), random.Next(6, 12));
        var pixels = new byte[Side * Side];
        for (var i = 0; i < pixels.Length; i++)
        {
            var distance = double.Hypot((i % Side) - x, (i / Side) - y);
            var isBright = number % 2 == 0 ? Math.Abs(distance - radius) < 2 : distance < radius;
            pixels[i] = (byte)((isBright ? 140 : 30) + random.Next(60));
        }

        return pixels;
    }

    private static void Save(string path, byte[] pixels)
    {
        using var bitmap = new SKBitmap(Side, Side, SKColorType.Gray8, SKAlphaType.Opaque);
        pixels.CopyTo(bitmap.GetPixelSpan());
        using var file = File.Create(path);
        bitmap.Encode(file, SKEncodedImageFormat.Png, 100);
    }
}
