using Cass.Data;
using SkiaSharp;
using Xunit;

namespace Cass.Tests.Data.Leakage;

public sealed class LeakageReportTests
{
    [Fact]
    public void Copies_recompressed_and_scaled_images_and_shared_patients_are_found()
    {
        using var folder = new TemporaryFolder();
        PixelImage Scene(int seed) => ImageResampling.Resize(TestImages.Pattern(6, 6, 1, seed), 96, 96, Interpolation.Bicubic);
        for (var i = 0; i < 8; i++)
        {
            TestImages.Save(folder[$"train/a/{i}.png"], Scene(i));
            TestImages.Save(folder[$"test/a/{i + 100}.png"], Scene(i + 100));
        }

        File.Copy(folder["train/a/0.png"], folder["test/a/same-bytes.png"]);
        TestImages.Save(folder["test/a/same-pixels.png"], TestImages.ToRgb(Scene(1)));
        TestImages.Save(folder["test/a/compressed.jpg"], Scene(2), SKEncodedImageFormat.Jpeg);
        TestImages.Save(folder["test/a/smaller.png"], ImageResampling.Resize(Scene(3), 64, 64));
        var train = ImageFolder.Read(folder["train"], new ImageFolderOptions { Group = _ => "p1" });
        var test = ImageFolder.Read(folder["test"], new ImageFolderOptions { Group = path => path.Contains("101", StringComparison.Ordinal) ? "p1" : "p2" });
        var report = LeakageReport.Compare([("train", train), ("test", test)]);
        Assert.False(report.IsClean);
        Assert.Equal(
            [
                (LeakageKind.SameBytes, "0.png", "same-bytes.png"),
                (LeakageKind.SamePixels, "1.png", "same-pixels.png"),
                (LeakageKind.NearDuplicate, "2.png", "compressed.jpg"),
                (LeakageKind.NearDuplicate, "3.png", "smaller.png"),
                (LeakageKind.SameGroup, "0.png", "101.png"),
            ],
            report.Leaks.Select(l => (l.Kind, Path.GetFileName(l.FirstImage), Path.GetFileName(l.SecondImage))));
        Assert.All(report.Leaks.Where(l => l.Kind == LeakageKind.NearDuplicate), l => Assert.InRange(l.Distance, 0, 2));
        Assert.Contains("1 × SameBytes", report.ToString(), StringComparison.Ordinal);
        report.WriteCsv(folder["leaks.csv"]);
        Assert.Equal(6, File.ReadAllLines(folder["leaks.csv"]).Length);
    }

    [Fact]
    public void Bands_find_every_pair_that_comparing_all_finds()
    {
        var dataset = TestImages.Dataset(60, 9, 9);
        var (first, second) = (dataset.Subset([.. Enumerable.Range(0, 30)]), dataset.Subset([.. Enumerable.Range(30, 30)]));
        var hashes = dataset.Images.Select(i => PerceptualHash.Compute(i.Decode())).ToArray();
        foreach (var distance in (int[])[0, 5, 15])
        {
            var expected = Enumerable.Range(0, 30).Sum(a => Enumerable.Range(30, 30).Count(b => System.Numerics.BitOperations.PopCount(hashes[a] ^ hashes[b]) <= distance));
            Assert.Equal(expected, LeakageReport.Compare([("a", first), ("b", second)], distance).Leaks.Count);
        }
    }

    [Fact]
    public void Separate_images_are_clean_and_a_bad_one_is_named()
    {
        var dataset = TestImages.Dataset(10, 40, 40);
        var (train, test) = dataset.Split(0.3, 1);
        Assert.True(LeakageReport.Compare([("train", train), ("test", test)]).IsClean);
        var bad = ImageDataset.FromImages([new EncodedImage("text"u8.ToArray(), "scan.jpg")]);
        Assert.Contains("scan.jpg", Assert.Throws<UnreadableImageException>(() => LeakageReport.Compare([("a", train), ("b", bad)])).Message, StringComparison.Ordinal);
        Assert.Throws<CassInputException>(() => LeakageReport.Compare([("a", train)]));
        Assert.Throws<CassInputException>(() => LeakageReport.Compare([("a", train), ("b", test)], 16));
    }
}
