using Cass.Data;
using Xunit;
using static Cass.Tests.Data.Leakage.DuplicateScenes;

namespace Cass.Tests.Data.Leakage;

public sealed class DuplicateCountTests
{
    [Fact]
    public void Each_image_counts_once_under_its_strongest_connection_with_every_earlier_part()
    {
        var report = LeakageReport.Compare(
        [
            ("training", Labeled((Original(0, "t0"), "a"), (Original(1, "t1"), "b"), (Original(2, "t2"), "a"), (Original(0, "t0 again"), "a"), (Original(0, "t0 too"), "a"))),
            ("validation", Labeled((Original(3, "v3"), "a"), (SamePixels(1, "v1"), "b"))),
            ("test", Labeled((Original(0, "e0"), "a"), (SamePixels(0, "e0 colour"), "a"), (Recompressed(1, "e1"), "b"), (Smaller(3, "e3"), "a"), (Original(9, "e9"), "b"))),
        ]);
        Assert.Equal(
            [
                ("validation", "training", 0, 1, 0),
                ("test", "training", 1, 1, 1),
                ("test", "validation", 0, 0, 2),
            ],
            report.Overlaps.Select(o => (o.Part, o.Other, o.SameBytes, o.SamePixels, o.NearDuplicates)));
        Assert.Equal([2, 0, 1], report.Copies.Select(c => c.Copies));
        Assert.Equal([1, 0, 1], report.Copies.Select(c => c.Groups));
        Assert.Equal(
            [(0, LeakageKind.SameBytes, "training", 0), (1, LeakageKind.SamePixels, "training", 0), (2, LeakageKind.NearDuplicate, "training", 1), (3, LeakageKind.NearDuplicate, "validation", 0)],
            report.MatchesOf("test").Select(m => (m.Index, m.Kind, m.OtherPart, m.OtherIndex)));
        Assert.Empty(report.MatchesOf("training"));
        Assert.Equal(["e9"], Names(report.WithoutDuplicates("test")));
        Assert.Equal(["v3"], Names(report.WithoutDuplicates("validation")));
        Assert.Equal(["t0", "t1", "t2"], Names(report.WithoutDuplicates("training")));
        Assert.Equal(
            [
                "1 of the 2 validation images equals a training image pixel for pixel.",
                "1 of the 5 test images equals a training image byte for byte, 1 more equals one pixel for pixel and 1 more looks like one (at most 4 of the 64 bits of their perceptual hashes differ).",
                "2 of the 5 test images look like a validation image (at most 4 of the 64 bits of their perceptual hashes differ).",
                "2 of the 5 training images are copies of others.",
                "1 of the 5 test images is a copy of another.",
            ],
            report.Warnings());
    }

    [Fact]
    public void Equal_images_with_different_labels_are_named_and_none_of_them_is_kept()
    {
        var report = LeakageReport.Compare(
        [
            ("training", Labeled((Original(0, "scan-1.png"), "glioma"), (Original(1, "scan-2.png"), "notumor"), (SamePixels(0, "scan-3.png"), "notumor"))),
            ("test", Labeled((Original(1, "scan-4.png"), "glioma"), (Original(2, "scan-5.png"), "glioma"), (Original(3, "scan-6.png"), "notumor"))),
        ]);
        Assert.Equal([("scan-1.png", "scan-3.png"), ("scan-2.png", "scan-4.png")], report.Conflicts.Select(c => (c.FirstImage, c.SecondImage)));
        Assert.Contains("2 pairs of equal images have different labels: 'scan-1.png' (glioma) and 'scan-3.png' (notumor); 'scan-2.png' (notumor) and 'scan-4.png' (glioma). At least one label of each pair is wrong.", report.Warnings());
        Assert.Equal(["scan-2.png"], Names(report.WithoutDuplicates("training")));
        Assert.Equal(["scan-5.png", "scan-6.png"], Names(report.WithoutDuplicates("test")));
    }

    [Fact]
    public void Counts_are_those_of_comparing_all_images_with_all()
    {
        var random = new Random(5);
        IImageSource Any(string name)
        {
            var seed = random.Next(12);
            return random.Next(4) switch { 0 => Original(seed, name), 1 => SamePixels(seed, name), 2 => Recompressed(seed, name), _ => Smaller(seed, name) };
        }

        for (var round = 0; round < 3; round++)
        {
            var (train, test) = (ImageDataset.FromImages(Enumerable.Range(0, 12).Select(i => Any($"t{i}"))), ImageDataset.FromImages(Enumerable.Range(0, 12).Select(i => Any($"e{i}"))));
            var report = LeakageReport.Compare([("training", train), ("test", test)]);
            var kinds = test.Images.Select(image => train.Images.Select(other => KindOf(image, other)).Min()).ToArray();
            Assert.Equal(kinds.Count(kind => kind == LeakageKind.SameBytes), report.Overlaps[0].SameBytes);
            Assert.Equal(kinds.Count(kind => kind == LeakageKind.SamePixels), report.Overlaps[0].SamePixels);
            Assert.Equal(kinds.Count(kind => kind == LeakageKind.NearDuplicate), report.Overlaps[0].NearDuplicates);
            Assert.Equal(train.Images.Sum(a => test.Images.Count(b => KindOf(a, b) < LeakageKind.SameGroup)), report.Leaks.Count);
        }

        static LeakageKind KindOf(IImageSource a, IImageSource b)
        {
            var (x, y) = (((EncodedImage)a).Decode(), ((EncodedImage)b).Decode());
            return ((IEncodedImageSource)a).ReadBytes().SequenceEqual(((IEncodedImageSource)b).ReadBytes()) ? LeakageKind.SameBytes
                : (x.Width, x.Height) == (y.Width, y.Height) && Gray(x).SequenceEqual(Gray(y)) ? LeakageKind.SamePixels
                : System.Numerics.BitOperations.PopCount(PerceptualHash.Compute(x) ^ PerceptualHash.Compute(y)) <= 4 ? LeakageKind.NearDuplicate
                : LeakageKind.SameGroup;
        }

        static byte[] Gray(PixelImage image) => image.Channels == 1 ? image.Pixels : [.. image.Pixels.Chunk(3).Select(p => p[0])];
    }

    [Fact]
    public void Bytes_alone_need_no_decoding_and_read_only_files_of_one_size()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["train"]);
        Directory.CreateDirectory(folder["test"]);
        File.WriteAllText(folder["train/a.png"], "no image");
        File.WriteAllText(folder["train/b.png"], "another length");
        File.WriteAllText(folder["test/c.png"], "no image");
        File.WriteAllText(folder["test/d.png"], "not same");
        ImageDataset Read(params string[] names) => ImageDataset.FromImages(names.Select(name => new ImageFile(folder[name])));
        var options = new DuplicateSearchOptions { Depth = DuplicateDepth.Bytes };
        (string, ImageDataset)[] parts = [("training", Read("train/a.png", "train/b.png")), ("test", Read("test/c.png", "test/d.png"))];
        Assert.Equal("1 of the 2 test images equals a training image byte for byte.", LeakageReport.Compare(parts, options).Warnings().Single());

        // Of a size of its own: it is not even opened.
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(folder["train/b.png"], UnixFileMode.None);
        }

        Assert.Single(LeakageReport.Compare(parts, options).Leaks);
        File.Delete(folder["train/b.png"]);
        Assert.Contains("b.png", Assert.Throws<UnreadableImageException>(() => LeakageReport.Compare(parts, options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Images_without_bytes_are_compared_by_their_pixels()
    {
        RawImage Raw(string name, byte value) => RawImage.FromBytes(name, 4, 4, () => (byte[])[.. Enumerable.Range(0, 16).Select(i => (byte)(i * value))]);
        var report = LeakageReport.Compare(
            [("training", ImageDataset.FromImages([Raw("a", 3), Raw("b", 5)])), ("validation", ImageDataset.FromImages([Raw("c", 5), Raw("d", 7)]))],
            new DuplicateSearchOptions { Depth = DuplicateDepth.Bytes });
        Assert.Equal("1 of the 2 validation images equals a training image pixel for pixel.", report.Warnings().Single());
    }

    [Fact]
    public void Fingerprints_read_each_image_once_until_its_file_changes()
    {
        using var folder = new TemporaryFolder();
        var (first, second) = (TestImages.Save(folder["a.png"], Scene(1)), TestImages.Save(folder["b.png"], Scene(2)));
        var reads = 0;
        var raw = RawImage.FromBytes("raw", 2, 2, () =>
        {
            reads++;
            return new byte[4];
        });
        var options = new DuplicateSearchOptions { Fingerprints = new ImageFingerprints() };
        var done = new List<int>();
        ImageDataset images = ImageDataset.FromImages([new ImageFile(first), new ImageFile(second), raw]);
        options.Fingerprints.Read(images.Images, progress: new Counter(done), cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal([1, 2, 3], done);
        Assert.Equal(3, DuplicateClusters.Find(images, options, cancellationToken: TestContext.Current.CancellationToken).Count);
        Assert.Equal(1, reads);

        File.Copy(first, second, overwrite: true);
        File.SetLastWriteTimeUtc(second, new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal([0, 0, 1], DuplicateClusters.Find(images, options, cancellationToken: TestContext.Current.CancellationToken).ClusterOf);
        using var canceled = new CancellationTokenSource();
        canceled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => DuplicateClusters.Find(images, options, cancellationToken: canceled.Token));
    }

    [Fact]
    public void Thousands_of_equal_images_are_counted_without_listing_their_pairs()
    {
        var image = Original(1, "empty slice");
        var many = ImageDataset.FromImages(Enumerable.Repeat(image, 20_000));
        var report = LeakageReport.Compare([("training", many), ("test", many)], new DuplicateSearchOptions { Fingerprints = new ImageFingerprints() });
        Assert.Equal(20_000, report.Overlaps[0].SameBytes);
        Assert.Equal([19_999, 19_999], report.Copies.Select(c => c.Copies));
        Assert.False(report.IsClean);
        Assert.Equal(0, report.WithoutDuplicates("test").Count);
        Assert.Equal(1, report.WithoutDuplicates("training").Count);
    }

    private static ImageDataset Labeled(params (IImageSource, string)[] images) => ImageDataset.FromImages(images);

    private static IEnumerable<string> Names(ImageDataset images) => Enumerable.Range(0, images.Count).Select(images.NameOf);

    private sealed class Counter(List<int> done) : IProgress<int>
    {
        public void Report(int value) => done.Add(value);
    }
}
