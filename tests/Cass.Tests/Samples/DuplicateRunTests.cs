using System.Text.Json;
using BrainMri.Phantoms;
using SkiaSharp;
using Xunit;

namespace Cass.Tests.Samples;

/// <summary>The sample on images that come up more than once.</summary>
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
        foreach (var file in Directory.GetFiles(folder["data"], "*.png", SearchOption.AllDirectories))
        {
            Recode(file, Path.ChangeExtension(file, ".again.png"));
        }

        Assert.Equal(0, KnownImages("--near-distance", "0"));
        Assert.NotEqual(0, KnownImages("--split", "images"));

        int KnownImages(params string[] options)
        {
            var result = SampleProcess.Run(folder.Path, ["--data", "data", .. options, .. Small]);
            Assert.True(result.ExitCode == 0, result.Error);
            using var json = JsonDocument.Parse(File.ReadAllText(folder["out/results.json"]));
            return json.RootElement.GetProperty("duplicates").GetProperty("overlaps").EnumerateArray().Sum(o => o.GetProperty("total").GetInt32());
        }
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
