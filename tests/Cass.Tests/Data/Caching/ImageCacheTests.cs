using Cass.Data;
using Xunit;

namespace Cass.Tests.Data.Caching;

public sealed class ImageCacheTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4_000)]
    [InlineData(10_000_000)]
    public void A_cache_of_any_size_changes_nothing(long bytes)
    {
        using var folder = new TemporaryFolder();
        var dataset = Files(folder, 14);
        var expected = Read(dataset, new ImageLoaderOptions());
        Assert.Equal(expected, Read(dataset, new ImageLoaderOptions { CacheBytes = bytes }));
        Assert.Equal(expected, Read(dataset, new ImageLoaderOptions { CacheBytes = bytes, CacheFile = folder["cache.bin"] }));
        Assert.Equal(expected, Read(dataset, new ImageLoaderOptions { CacheBytes = bytes, CacheFile = folder["cache.bin"] }));
    }

    [Fact]
    public void Images_in_memory_are_not_decoded_again()
    {
        var source = new CountingSource();
        using var loader = new ImageLoader([source], CassTransforms.Training(16, 16), new ImageLoaderOptions { CacheBytes = 1 << 20 });
        foreach (var epoch in (int[])[1, 2, 3])
        {
            loader.ReadEpoch(epoch).Single().Dispose();
        }

        Assert.Equal(1, source.Decoded);
    }

    [Fact]
    public void A_file_keeps_images_for_the_next_run_by_content_and_settings()
    {
        using var folder = new TemporaryFolder();
        var path = folder["cache.bin"];
        var dataset = Files(folder, 4);
        var options = new ImageLoaderOptions { CacheBytes = 1 << 20, CacheFile = path };
        Read(dataset, options);
        Assert.Equal(4, Records(path, dataset));

        // The same bytes under another name are the same image; other bytes, another size or other options are not.
        File.Move(folder["a/0.png"], folder["a/moved.png"]);
        dataset = ImageFolder.Read(folder.Path);
        Read(dataset, options);
        Assert.Equal(4, Records(path, dataset));
        TestImages.Save(folder["b/1.png"], TestImages.Pattern(20, 20, 3, 99));
        var changed = Read(dataset, options);
        Assert.Equal(5, Records(path, dataset));
        Assert.Equal(Read(dataset, new ImageLoaderOptions()), changed);
        Assert.Equal(Read(dataset, new ImageLoaderOptions(), 24), Read(dataset, options, 24));
        var turned = ImageFolder.Read(folder.Path, new ImageFolderOptions { Decoding = new ImageDecodingOptions { ApplyExifOrientation = true } });
        Read(turned, options);
        Assert.Equal(5 + 4 + 4, Records(path, dataset));
    }

    [Fact]
    public void Damage_to_the_file_is_found_and_the_images_decoded_again()
    {
        using var folder = new TemporaryFolder();
        var path = folder["cache.bin"];
        var dataset = Files(folder, 6);
        var options = new ImageLoaderOptions { CacheBytes = 1 << 16, CacheFile = path };
        var expected = Read(dataset, options);
        for (var seed = 0UL; seed < 20; seed++)
        {
            var random = new Xoshiro256Random(seed);
            var bytes = File.ReadAllBytes(path);
            for (var i = 0; i < 20; i++)
            {
                bytes[random.Next(64, 8_000)] ^= (byte)random.Next(1, 256);
            }

            File.WriteAllBytes(path, bytes);
            Assert.Equal(expected, Read(dataset, options));
        }
    }

    [Fact]
    public void A_file_in_use_of_another_kind_or_without_a_size_is_refused()
    {
        using var folder = new TemporaryFolder();
        var dataset = Files(folder, 4);
        var options = new ImageLoaderOptions { CacheBytes = 1 << 16, CacheFile = folder["cache.bin"] };
        using (new ImageLoader(dataset, CassTransforms.Validation(8, 8), options))
        {
            Assert.Contains("cannot be opened", Assert.Throws<CassInputException>(() => new ImageLoader(dataset, CassTransforms.Validation(8, 8), options)).Message, StringComparison.Ordinal);
        }

        Assert.Contains("not an image cache", Assert.Throws<CassInputException>(() => new ImageLoader(dataset, CassTransforms.Validation(8, 8), options with { CacheFile = dataset.NameOf(0) })).Message, StringComparison.Ordinal);
        Assert.Contains("CacheBytes is 0", Assert.Throws<CassInputException>(() => new ImageLoader(dataset, CassTransforms.Validation(8, 8), options with { CacheBytes = 0 })).Message, StringComparison.Ordinal);
    }

    private static ImageDataset Files(TemporaryFolder folder, int count)
    {
        for (var i = 0; i < count; i++)
        {
            TestImages.Save(folder[$"{(i % 2 == 0 ? "a" : "b")}/{i}.png"], TestImages.Pattern(20 + i, 25, i % 3 == 0 ? 1 : 3, i));
        }

        return ImageFolder.Read(folder.Path);
    }

    private static List<float> Read(ImageDataset dataset, ImageLoaderOptions options, int size = 16)
    {
        using var loader = new ImageLoader(dataset, [CassTransforms.Training(size, size), CassTransforms.Validation(size, size)], options with { BatchSize = 3, Shuffle = true, Workers = 2 });
        var values = new List<float>();
        foreach (var epoch in (int[])[1, 2])
        {
            foreach (var batch in loader.ReadEpoch(epoch))
            {
                using (batch)
                {
                    values.AddRange(batch.Views.SelectMany(v => v.data<float>().ToArray()));
                }
            }
        }

        return values;
    }

    /// <summary>Counts records by walking through the file as its layout says.</summary>
    private static int Records(string path, ImageDataset dataset)
    {
        Assert.True(dataset.Count > 0);
        var bytes = File.ReadAllBytes(path);
        var (count, at) = (0, 64);
        while (at + 48 <= bytes.Length && bytes.AsSpan(at, 16).ContainsAnyExcept((byte)0))
        {
            count++;
            at += 48 + ((BitConverter.ToInt32(bytes, at + 28) + 7) & ~7);
        }

        return count;
    }

    private sealed class CountingSource : IImageSource
    {
        private int decoded;

        public string Name => "counted";

        public int Decoded => decoded;

        public PixelImage Decode()
        {
            Interlocked.Increment(ref decoded);
            return TestImages.Pattern(20, 20);
        }
    }
}
