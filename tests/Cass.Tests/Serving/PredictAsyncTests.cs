using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Hashing;
using Cass.Data;
using Cass.Onnx;
using Cass.OnnxRuntime;
using Cass.Tests.Data;
using Cass.Tests.Models;
using Cass.Tests.Training;
using Cass.Training;
using Xunit;

namespace Cass.Tests.Serving;

/// <summary>Predictions from streams as requests have them, and the limits that images from strangers are decoded within.</summary>
public sealed class PredictAsyncTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly ImageClassifier classifier = TinyClassifiers.Create(seed: 1);

    public void Dispose()
    {
        classifier.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_stream_that_refuses_synchronous_reading_is_predicted_as_its_bytes_are()
    {
        var png = TestImages.Encode(new TinyImage(2, 5, size: 200).Decode());
        var expected = classifier.Predict(png).Probabilities;
        using var body = new AsyncOnlyStream(png, chunk: 777);

        var prediction = await classifier.PredictAsync(body, "upload 7", TestContext.Current.CancellationToken);

        Assert.Equal(expected, prediction.Probabilities);
        Assert.Equal("upload 7", prediction.Image);
        using var refusing = new AsyncOnlyStream(png);
        Assert.Throws<InvalidOperationException>(() => classifier.Predict(refusing));
    }

    [Fact]
    public async Task An_endless_stream_is_read_no_further_than_allowed()
    {
        classifier.Decoding = ImageDecodingOptions.ForPrediction with { MaxBytes = 100_000 };
        using var body = new AsyncOnlyStream(new byte[5000], isEndless: true);

        var error = await Assert.ThrowsAsync<UnreadableImageException>(() => classifier.PredictAsync(body, "upload 8", TestContext.Current.CancellationToken));

        Assert.True(error.ExceedsLimit);
        Assert.Equal("upload 8", error.ImageName);
        Assert.Contains("more than the 100000 bytes allowed", error.Reason, StringComparison.Ordinal);
        Assert.InRange(body.Taken, 100_001, 101_000);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public async Task A_file_of_as_many_bytes_as_allowed_is_read_and_one_more_is_refused(int lacking)
    {
        var png = TestImages.Encode(new TinyImage(2, 5, size: 150).Decode());
        classifier.Decoding = ImageDecodingOptions.ForPrediction with { MaxBytes = png.Length + lacking };
        File.WriteAllBytes(folder["scan.png"], png);
        (Func<Prediction> Predict, string Name)[] forms =
        [
            (() => classifier.Predict(folder["scan.png"]), "file"),
            (() => classifier.Predict([new ImageFile(folder["scan.png"])])[0], "source"),
            (() => classifier.Predict(png), "bytes"),
            (() => classifier.Predict(new MemoryStream(png)), "stream"),
        ];
        using var body = new AsyncOnlyStream(png);
        if (lacking == 0)
        {
            Assert.All(forms, form => Assert.Equal(4, form.Predict().Probabilities.Count));
            Assert.Equal(4, (await classifier.PredictAsync(body, cancellationToken: TestContext.Current.CancellationToken)).Probabilities.Count);
        }
        else
        {
            Assert.All(forms, form => Assert.True(Assert.Throws<UnreadableImageException>(form.Predict).ExceedsLimit, form.Name));
            await Assert.ThrowsAsync<UnreadableImageException>(() => classifier.PredictAsync(body, cancellationToken: TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Cancelling_ends_the_reading_and_what_was_cancelled_before_is_not_begun()
    {
        using var source = new CancellationTokenSource();
        using var body = new AsyncOnlyStream(new byte[10], isEndless: true);
        classifier.Decoding = ImageDecodingOptions.Default;
        var call = classifier.PredictAsync(body, cancellationToken: source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);

        using var second = new AsyncOnlyStream(new byte[10]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => classifier.PredictAsync(second, cancellationToken: source.Token));
        Assert.Equal(0, second.Taken);
    }

    [Fact]
    public async Task An_image_of_half_a_megabyte_and_169_million_pixels_is_refused_at_once_in_every_form()
    {
        var png = HeaderOf(13_000, 13_000, bytes: 500_000);
        File.WriteAllBytes(folder["scan.png"], png);
        using var body = new AsyncOnlyStream(png, chunk: 100_000);
        var clock = Stopwatch.StartNew();
        var before = GC.GetTotalAllocatedBytes(precise: true);

        Refused(() => classifier.Predict(folder["scan.png"]));
        Refused(() => classifier.Predict([new ImageFile(folder["scan.png"])]));
        Refused(() => classifier.Predict(png));
        Refused(() => classifier.Embed([new EncodedImage(png, "scan")]));
        Assert.Contains("50000000 allowed", (await Assert.ThrowsAsync<UnreadableImageException>(() => classifier.PredictAsync(body, cancellationToken: TestContext.Current.CancellationToken))).Reason, StringComparison.Ordinal);
        using var ensemble = new ClassifierEnsemble(classifier);
        Refused(() => ensemble.Predict([new EncodedImage(png, "scan")]));

        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 5);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 10 << 20);

        static void Refused(Func<object> predict)
        {
            var error = Assert.Throws<UnreadableImageException>(predict);
            Assert.True(error.ExceedsLimit);
            Assert.Contains("13000×13000 = 169000000 pixels, more than the 50000000 allowed", error.Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Options_that_an_image_has_of_its_own_come_before_the_classifiers()
    {
        var png = TestImages.Encode(TestImages.Pattern(20, 30));
        classifier.Decoding = ImageDecodingOptions.ForPrediction with { MaxPixels = 599 };
        Assert.Contains("more than the 599 allowed", Assert.Throws<UnreadableImageException>(() => classifier.Predict([new EncodedImage(png, "scan")])).Reason, StringComparison.Ordinal);
        Assert.Single(classifier.Predict([new EncodedImage(png, "scan", ImageDecodingOptions.Default)]));

        // Training and evaluation go by the images' options, as before.
        Assert.Equal(20, new EncodedImage(png, "scan").Decode().Height);
        Assert.Throws<ArgumentNullException>(() => classifier.Decoding = null!);
    }

    [Fact]
    public void A_damaged_image_is_not_one_that_exceeds_a_limit()
    {
        var png = TestImages.Encode(TestImages.Pattern(20, 30));
        Assert.False(Assert.Throws<UnreadableImageException>(() => classifier.Predict(png.AsMemory(0, png.Length / 2))).ExceedsLimit);
        Assert.False(Assert.Throws<UnreadableImageException>(() => classifier.Predict(ReadOnlyMemory<byte>.Empty)).ExceedsLimit);
    }

    [Fact]
    public void A_prepared_image_is_predicted_to_the_bit_and_only_by_what_it_was_prepared_for()
    {
        using var transformer = TinyClassifiers.Create(seed: 2, TinyBackbones.Transformer);
        using var ensemble = new ClassifierEnsemble(classifier, transformer);
        OnnxExport.Save(classifier, folder["model.onnx"]);
        OnnxExport.Save(classifier, folder["resizing.onnx"], new OnnxExportOptions { IncludePreprocessing = true });
        using var onnx = OnnxClassifier.Load(folder["model.onnx"]);
        using var resizing = OnnxClassifier.Load(folder["resizing.onnx"]);
        IImageSource[] images =
        [
            new EncodedImage(TestImages.Encode(TestImages.Pattern(90, 41)), "colour"),
            new EncodedImage(TestImages.Encode(TestImages.Pattern(70, 130, channels: 1)), "grey"),
            new EncodedImage(TestImages.Encode(TestImages.ToRgb(TestImages.Pattern(50, 60, channels: 1))), "grey in colour"),
            new TinyImage(1, 4, TinyClassifiers.Side),
        ];
        foreach (var predictor in new IDecodingPredictor[] { classifier, ensemble, onnx, resizing })
        {
            IImageSource[] prepared = [.. images.Select(predictor.Prepare)];
            Assert.Equal(predictor.Predict(images).SelectMany(p => p.Probabilities), predictor.Predict(prepared).SelectMany(p => p.Probabilities));
            Assert.Equal(images.Select(image => image.Name), prepared.Select(image => image.Name));
        }

        var pipeline = CassTransforms.Validation(64, 48);
        var other = PreparedImage.Of(images[0], ImageDecodingOptions.Default, pipeline);
        Assert.Equal((64, 48), (other.Decode().Height, other.Decode().Width));
        Assert.Contains("was prepared for 64×48, not 32×32", Assert.Throws<ArgumentException>(() => classifier.Predict([other])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ensemble_that_was_read_owns_its_classifiers_and_decodes_each_image_once()
    {
        var image = new CountedImage();
        var (first, second) = (TinyClassifiers.Save(folder["a"], 1, image), TinyClassifiers.Save(folder["b"], 2, image, TinyBackbones.Transformer));
        var before = image.Decoded;
        var ensemble = ClassifierEnsemble.Load([folder["a"], folder["b"]], TrainingDevice.Cpu, TinyBackbones.Registry());

        var both = ensemble.Predict(image);

        Assert.Equal(before + 1, image.Decoded);
        Assert.All(both.Probabilities.Select((p, i) => (p.Probability, Mean: (first.Probabilities[i].Probability + second.Probabilities[i].Probability) / 2)), pair => Assert.Equal(pair.Mean, pair.Probability, 1e-6));
        ensemble.Dispose();
        Assert.ThrowsAny<Exception>(() => ensemble.Predict(image));
        File.Delete(folder["b/config.json"]);
        Assert.Equal(folder["b/config.json"], Assert.Throws<DamagedClassifierException>(() => ClassifierEnsemble.Load([folder["a"], folder["b"]], TrainingDevice.Cpu, TinyBackbones.Registry())).File);

        // One that was put together leaves them to whoever made them.
        new ClassifierEnsemble(classifier).Dispose();
        Assert.Equal(4, classifier.Predict(image).Probabilities.Count);
    }

    /// <summary>A PNG of grey pixels that says how many it has, and has none.</summary>
    private static byte[] HeaderOf(int width, int height, int bytes)
    {
        byte[] png = [.. TestImages.Encode(TestImages.Pattern(1, 1, channels: 1)).AsSpan(0, 33), .. new byte[8], .. new byte[bytes - 41]];
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(20), height);
        BinaryPrimitives.WriteUInt32BigEndian(png.AsSpan(29), Crc32.HashToUInt32(png.AsSpan(12, 17)));
        BinaryPrimitives.WriteInt32BigEndian(png.AsSpan(33), bytes - 45);
        "IDAT"u8.CopyTo(png.AsSpan(37));
        return png;
    }

    private sealed class CountedImage : IImageSource
    {
        public int Decoded { get; private set; }

        public string Name => "counted";

        public PixelImage Decode()
        {
            Decoded++;
            return new TinyImage(1, 3).Decode();
        }
    }
}
