using System.Diagnostics;
using Cass.Data;
using Cass.Models;
using Cass.Tests.Models;
using Cass.Tests.Training;
using Cass.Training;
using SkiaSharp;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Serving;

public sealed class PredictorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_file_its_bytes_a_stream_and_its_pixels_are_predicted_alike()
    {
        using var classifier = TinyClassifiers.Create(seed: 1);
        var pixels = new TinyImage(2, 5).Decode();
        var png = Png(pixels);
        File.WriteAllBytes(folder["scan.png"], png);
        using var stream = new MemoryStream(png);

        var expected = classifier.Predict([new TinyImage(2, 5)])[0].Probabilities;

        Assert.Equal(expected, classifier.Predict(folder["scan.png"]).Probabilities);
        Assert.Equal(expected, classifier.Predict(png, "bytes").Probabilities);
        Assert.Equal(expected, classifier.Predict(stream, "stream").Probabilities);
        Assert.Equal(expected, classifier.Predict(pixels).Probabilities);
        Assert.True(stream.CanRead);
    }

    [Fact]
    public void What_is_no_image_is_refused_by_its_name()
    {
        using var classifier = TinyClassifiers.Create(seed: 1);
        File.WriteAllText(folder["notes.txt"], "no image");
        Assert.Contains("notes.txt", Assert.ThrowsAny<CassInputException>(() => classifier.Predict(folder["notes.txt"])).Message, StringComparison.Ordinal);
        Assert.Contains("absent.png", Assert.ThrowsAny<CassInputException>(() => classifier.Predict(folder["absent.png"])).Message, StringComparison.Ordinal);
        Assert.Contains("upload 7", Assert.ThrowsAny<CassInputException>(() => classifier.Predict(new MemoryStream(), "upload 7")).Message, StringComparison.Ordinal);
        Assert.Empty(classifier.Predict([]));
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("config.json")]
    [InlineData("classifier.json")]
    public void A_file_that_is_missing_or_altered_in_any_place_is_named(string file)
    {
        using var classifier = TinyClassifiers.Create(seed: 1);
        classifier.Save(folder.Path);
        var path = folder[file];
        var whole = File.ReadAllBytes(path);
        var random = new Random(1);
        for (var i = 0; i < 40; i++)
        {
            var altered = whole.ToArray();
            if (i % 4 == 0)
            {
                altered = altered[..random.Next(altered.Length)];
            }
            else
            {
                altered[random.Next(altered.Length)] ^= (byte)(1 << random.Next(7));
            }

            File.WriteAllBytes(path, altered);
            try
            {
                using var loaded = ImageClassifier.Load(folder.Path, TrainingDevice.Cpu, TinyBackbones.Registry());

                // White space means nothing, and the case of what JSON names need not mean more.
                Assert.Equal("classifier.json", file);
                Assert.Equal(classifier.Predict(new TinyImage(1, 1)).Probabilities, loaded.Predict(new TinyImage(1, 1)).Probabilities);
            }
            catch (DamagedClassifierException error)
            {
                Assert.Equal(path, error.File);
                Assert.Contains(file, error.Message, StringComparison.Ordinal);
            }
        }

        File.Delete(path);
        Assert.Equal(path, Assert.Throws<DamagedClassifierException>(() => ImageClassifier.Load(folder.Path)).File);
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(path, folder["gone"]);
            Assert.Equal(path, Assert.Throws<DamagedClassifierException>(() => ImageClassifier.Load(folder.Path)).File);
        }

        Assert.Throws<ArgumentException>(() => classifier.Predict([null!]));
        Assert.Equal(folder["absent"], Assert.Throws<DamagedClassifierException>(() => ImageClassifier.Load(folder["absent"])).File);
    }

    [Theory]
    [InlineData(GlobalPooling.Maximum)]
    [InlineData(GlobalPooling.ConcatenatedAverageMaximum)]
    public void Pooling_survives_saving(GlobalPooling pooling)
    {
        using var classifier = TinyClassifiers.Create(seed: 2, TinyBackbones.ResNet, pooling);
        classifier.Save(folder.Path);
        using var loaded = ImageClassifier.Load(folder.Path, TrainingDevice.Cpu, TinyBackbones.Registry());
        Assert.Equal(classifier.Predict(new TinyImage(3, 9)).Probabilities, loaded.Predict(new TinyImage(3, 9)).Probabilities);
    }

    [Theory]
    [InlineData(TestTimeAugmentation.None, 1)]
    [InlineData(TestTimeAugmentation.HorizontalFlip, 2)]
    [InlineData(TestTimeAugmentation.Flips, 4)]
    public void Test_time_augmentation_is_the_mean_over_the_flipped_images(TestTimeAugmentation augmentation, int views)
    {
        using var classifier = TinyClassifiers.Create(seed: 3);
        var pixels = new TinyImage(1, 4, TinyClassifiers.Side).Decode();
        PixelImage[] flipped = [pixels, Flipped(pixels, true, false), Flipped(pixels, false, true), Flipped(pixels, true, true)];
        var each = flipped.Take(views).Select(image => classifier.Predict(image).Probabilities).ToList();

        classifier.TestTimeAugmentation = augmentation;

        var actual = classifier.Predict(pixels).Probabilities;
        for (var i = 0; i < actual.Count; i++)
        {
            Assert.Equal(each.Average(p => p[i].Probability), actual[i].Probability, 1e-6);
        }
    }

    [Fact]
    public void An_ensemble_gives_the_mean_and_its_own_labels()
    {
        using var cnn = TinyClassifiers.Create(seed: 4);
        using var transformer = TinyClassifiers.Create(seed: 5, TinyBackbones.Transformer);
        var ensemble = new ClassifierEnsemble(cnn, transformer);
        var image = new TinyImage(0, 3);

        var (first, second, both) = (cnn.Predict(image), transformer.Predict(image), ensemble.Predict(image));

        for (var i = 0; i < 4; i++)
        {
            Assert.Equal((first.Probabilities[i].Probability + second.Probabilities[i].Probability) / 2, both.Probabilities[i].Probability, 1e-6);
        }

        Assert.Equal(both.Probabilities.MaxBy(p => p.Probability)!.Label, both.Label);
        Assert.Equal(both.Probabilities.Where(p => p.Probability > 0.5).Select(p => p.Label).Order(StringComparer.Ordinal), both.Labels.Order(StringComparer.Ordinal));
        using var other = TinyClassifiers.Create(seed: 6, labels: new LabelMap(["a", "b", "c", "d"]));
        Assert.Contains("one label map", Assert.Throws<CassInputException>(() => new ClassifierEnsemble(cnn, other)).Message, StringComparison.Ordinal);
        Assert.Throws<CassInputException>(() => new ClassifierEnsemble());
    }

    [Fact]
    public void Embeddings_are_what_the_classifier_sees()
    {
        using var classifier = TinyClassifiers.Create(seed: 7);
        IImageSource[] images = [new TinyImage(0, 1), new TinyImage(1, 2)];

        var embeddings = classifier.Embed(images);

        Assert.Equal(2, embeddings.Count);
        Assert.All(embeddings, e => Assert.Equal(classifier.Network.NumFeatures, e.Length));
        var weights = classifier.Network.state_dict();
        var (w, b) = (weights["fc.weight"].data<float>().ToArray(), weights["fc.bias"].data<float>().ToArray());
        for (var i = 0; i < 2; i++)
        {
            var probabilities = classifier.Predict(images[i]).Probabilities;
            for (var c = 0; c < 4; c++)
            {
                var logit = (double)b[c];
                for (var f = 0; f < embeddings[i].Length; f++)
                {
                    logit += (double)w[(c * embeddings[i].Length) + f] * embeddings[i][f];
                }

                Assert.Equal(1 / (1 + Math.Exp(-logit)), probabilities[c].Probability, 1e-5);
            }
        }
    }

    [Fact]
    public void Eight_threads_give_the_bits_of_one()
    {
        const int Threads = 8;
        const int Images = 1000;
        using var classifier = TinyClassifiers.Create(seed: 8, TinyBackbones.Transformer);
        var expected = Enumerable.Range(0, Images).Select(i => classifier.Predict(new TinyImage(i % 4, i)).Probabilities[i % 4].Probability).ToArray();

        var wrong = 0;
        var threads = Enumerable.Range(0, Threads).Select(t => new Thread(() =>
        {
            for (var i = 0; i < Images; i++)
            {
                var image = (i + (t * 125)) % Images;
                if (classifier.Predict(new TinyImage(image % 4, image)).Probabilities[image % 4].Probability != expected[image])
                {
                    Interlocked.Increment(ref wrong);
                }
            }
        })).ToArray();
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());

        Assert.Equal(0, wrong);
        Assert.True(expected.Distinct().Count() > Images / 2);
    }

    [Fact]
    public void Ten_thousand_predictions_keep_no_memory()
    {
        using var classifier = TinyClassifiers.Create(seed: 9, TinyBackbones.Transformer);
        var image = new TinyImage(1, 1);
        Repeat(1000);
        var (tensors, bytes) = (DisposeScopeManager.Statistics.ThreadTotalLiveCount, Resident());

        Repeat(10_000);

        Assert.Equal(tensors, DisposeScopeManager.Statistics.ThreadTotalLiveCount);

        // 10,000 inputs of 32x32 alone would be 120 MB.
        Assert.InRange(Resident() - bytes, long.MinValue, 40_000_000);

        void Repeat(int count)
        {
            for (var i = 0; i < count; i++)
            {
                classifier.Predict(image);
            }
        }

        static long Resident()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            using var self = Process.GetCurrentProcess();
            return self.WorkingSet64;
        }
    }

    private static byte[] Png(PixelImage image)
    {
        using var bitmap = new SKBitmap(new SKImageInfo(image.Width, image.Height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++)
            {
                var at = ((y * image.Width) + x) * 3;
                bitmap.SetPixel(x, y, new SKColor(image.Pixels[at], image.Pixels[at + 1], image.Pixels[at + 2]));
            }
        }

        using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    private static PixelImage Flipped(PixelImage image, bool horizontally, bool vertically)
    {
        var pixels = new byte[image.Pixels.Length];
        for (var y = 0; y < image.Height; y++)
        {
            for (var x = 0; x < image.Width; x++)
            {
                var (fromY, fromX) = (vertically ? image.Height - 1 - y : y, horizontally ? image.Width - 1 - x : x);
                image.Pixels.AsSpan(((fromY * image.Width) + fromX) * 3, 3).CopyTo(pixels.AsSpan(((y * image.Width) + x) * 3));
            }
        }

        return new PixelImage(image.Width, image.Height, 3, pixels);
    }
}
