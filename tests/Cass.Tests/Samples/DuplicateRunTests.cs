using System.Text.Json;
using BrainMri.CommandLine;
using BrainMri.Data;
using BrainMri.Phantoms;
using Cass.Data;
using Cass.Tests.Order;
using SkiaSharp;
using Xunit;

namespace Cass.Tests.Samples;

/// <summary>The sample on images that come up more than once.</summary>
[Collection(ProcessCollection.Name)]
public sealed class DuplicateRunTests : IDisposable
{
    private static readonly string[] Small =
    [
        "--pretrain-epochs", "0", "--finetune-epochs", "1", "--image-size", "32", "--batch-size", "8", "--label-fraction", "1", "--device", "cpu", "--output", "out",
    ];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Test_images_that_are_training_images_are_counted_warned_of_and_scored_apart_or_left_out()
    {
        WritePhantoms("data", 40, firstSeed: 0);
        WritePhantoms("test", 10, firstSeed: 1000);
        var files = Directory.GetFiles(folder["data"], "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToArray();
        string Target(string source, string name) => Path.Combine(folder["test"], Path.GetFileName(Path.GetDirectoryName(source))!, name);
        File.Copy(files[0], Target(files[0], "same-bytes.png"));
        Recode(files[1], Target(files[1], "same-pixels.png"));
        Recode(files[2], Target(files[2], "smaller.png"), side: 48);

        // Whether a copied image is held back for validation depends on the seed: all that the test knows is that it is known.
        var result = SampleProcess.Run(folder.Path, ["--data", "data", "--test", "test", "--near-distance", "0", .. Small]);
        Assert.True(result.ExitCode == 0, result.Error);
        using (var json = JsonDocument.Parse(File.ReadAllText(folder["out/results.json"])))
        {
            var overlaps = json.RootElement.GetProperty("duplicates").GetProperty("overlaps").EnumerateArray().Where(o => o.GetProperty("part").GetString() == "test").ToArray();
            Assert.Equal(1, overlaps.Sum(o => o.GetProperty("same_bytes").GetInt32()));
            Assert.Equal(1, overlaps.Sum(o => o.GetProperty("same_pixels").GetInt32()));
            var known = overlaps.Single(o => o.GetProperty("other").GetString() == "training").GetProperty("total").GetInt32();
            var unseen = json.RootElement.GetProperty("cnn").GetProperty("test").GetProperty("unseen");
            Assert.Equal((known, 13 - known), (unseen.GetProperty("left_out").GetInt32(), unseen.GetProperty("images").GetInt32()));
            Assert.True(known > 0);
        }

        Assert.Contains(result.ErrorLines, line => line.StartsWith("warning: 1 of the 13 test images equals a", StringComparison.Ordinal) || line.StartsWith("warning: 2 of the 13 test images equal", StringComparison.Ordinal));
        Assert.All(result.ErrorLines, line => Assert.EndsWith("--exclude-duplicates leaves them out.", line, StringComparison.Ordinal));
        Assert.Contains("Test F1 of resnet18 on unseen images: 0.", result.Output, StringComparison.Ordinal);
        Assert.Contains("near-duplicates on one side", result.Output, StringComparison.Ordinal);

        var excluded = SampleProcess.Run(folder.Path, ["--data", "data", "--test", "test", "--near-distance", "0", "--exclude-duplicates", .. Small]);
        Assert.True(excluded.ExitCode == 0, excluded.Error);
        Assert.Contains("None of the", excluded.Output, StringComparison.Ordinal);
        using (var json = JsonDocument.Parse(File.ReadAllText(folder["out/results.json"])))
        {
            var leftOut = json.RootElement.GetProperty("duplicates").GetProperty("left_out").GetProperty("test").GetInt32();
            Assert.InRange(leftOut, 2, 3);
            Assert.Equal(13 - leftOut, json.RootElement.GetProperty("cnn").GetProperty("test").GetProperty("images").GetInt32());
            Assert.Equal(0, json.RootElement.GetProperty("cnn").GetProperty("test").GetProperty("unseen").GetProperty("left_out").GetInt32());
        }
    }

    [Fact]
    public void A_split_of_one_folder_keeps_copies_on_one_side_unless_told_otherwise()
    {
        WritePhantoms("data", 40, firstSeed: 0);
        foreach (var file in Directory.GetFiles(folder["data"], "*.png", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Where((_, i) => i % 2 == 0))
        {
            Recode(file, Path.ChangeExtension(file, ".again.png"));
        }

        Assert.Equal(0, Check(SplitMethod.Auto).Found.Overlaps.Sum(o => o.Total));
        Assert.Equal(0, Check(SplitMethod.Clusters).Found.Overlaps.Sum(o => o.Total));
        var plain = Check(SplitMethod.Images);
        Assert.NotEqual(0, plain.Found.Overlaps.Sum(o => o.SamePixels));
        Assert.Null(plain.Clusters);

        var excluded = Check(SplitMethod.Images, exclude: true);
        var parts = LeakageReport.Compare([("training", excluded.Images.Train), ("validation", excluded.Images.Validation), ("test", excluded.Images.Test)], maxDistance: 0);
        Assert.True(parts.IsClean);
        Assert.All(parts.Copies, part => Assert.Equal(0, part.Copies));
        Assert.Equal(60, excluded.LeftOut.Values.Sum() + parts.Images);
    }

    [Fact]
    public void Images_too_much_alike_for_clusters_are_split_by_equality_with_a_warning_and_refused_where_clusters_are_insisted_on()
    {
        for (var i = 0; i < 40; i++)
        {
            // Uniform images all have one perceptual hash, black ones but for one bit; each is there twice.
            var pixels = new byte[16 * 16];
            pixels.AsSpan().Fill((byte)(20 + (i / 2 * 10)));
            Data.TestImages.Save(folder[$"data/{(i / 2 % 2 == 0 ? "even" : "odd")}/{i}.png"], new PixelImage(16, 16, 1, pixels));
        }

        var check = Check(SplitMethod.Auto);
        Assert.Equal(20, check.Clusters!.Count);
        Assert.Equal(0, check.Found.Overlaps.Sum(o => o.SameBytes));
        Assert.Contains(check.Warnings, warning => warning.Contains("holds 40 of the 40 images", StringComparison.Ordinal) && warning.Contains("keeps only equal images together", StringComparison.Ordinal));
        var error = Assert.Throws<CassInputException>(() => Check(SplitMethod.Clusters));
        Assert.Contains("has 20 images, but too few groups", error.Message, StringComparison.Ordinal);
    }

    private CheckedImages Check(SplitMethod split, bool exclude = false)
    {
        var settings = new RunSettings
        {
            Data = folder["data"],
            Split = split,
            NearDistance = 0,
            ExcludeDuplicates = exclude,
            Phantoms = 0,
            Cnn = string.Empty,
            Transformer = string.Empty,
            ImageSize = 32,
            Recipe = string.Empty,
            PretrainEpochs = 0,
            FineTuneEpochs = 1,
            LabelFraction = 1,
            Seed = 77,
            Device = "cpu",
            Workers = 0,
            Output = "out",
            Precision = Cass.Training.NumericPrecision.Float32,
        };
        return CheckedImages.Run(ImageSets.Read(settings, Assert.Fail), settings, new ImageFingerprints(), new Progress<int>(), TestContext.Current.CancellationToken);
    }

    private void WritePhantoms(string name, int count, int firstSeed)
    {
        for (var i = 0; i < count; i++)
        {
            PhantomFolder.Write(folder[name], new PhantomImage(i % 2 == 0 ? TumorKind.Glioma : TumorKind.NoTumor, (ulong)(firstSeed + i), size: 64), i);
        }
    }

    /// <summary>Writes an image as another PNG, whose bytes are not those of the first.</summary>
    private static void Recode(string source, string target, int? side = null)
    {
        using var bitmap = SKBitmap.Decode(source, new SKImageInfo(64, 64, SKColorType.Rgba8888, SKAlphaType.Opaque));
        using var resized = side is { } length ? bitmap.Resize(new SKImageInfo(length, length, SKColorType.Rgba8888, SKAlphaType.Opaque), new SKSamplingOptions(SKCubicResampler.Mitchell)) : null;
        using var data = (resized ?? bitmap).Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(target, data.ToArray());
    }
}
