using Cass.Data;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Cass.Tests.Data.Loading;

public sealed class ImageLoaderTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(8)]
    public void Batches_are_bit_equal_for_any_number_of_workers(int workers)
    {
        var dataset = TestImages.Dataset(23);
        var options = new ImageLoaderOptions { BatchSize = 4, Shuffle = true, Seed = 5 };
        var expected = Read(dataset, options with { Workers = 1, PrefetchBatches = 1 });
        Assert.Equal(expected, Read(dataset, options with { Workers = workers, PrefetchBatches = 5 }));
    }

    [Fact]
    public void An_epoch_is_the_same_when_it_is_read_again_and_another_is_not()
    {
        using var loader = new ImageLoader(TestImages.Dataset(20), CassTransforms.Training(16, 16), new ImageLoaderOptions { BatchSize = 6, Shuffle = true });
        var first = Read(loader, 1);
        var second = Read(loader, 2);
        Assert.Equal(first, Read(loader, 1));
        Assert.NotEqual(first, second);
    }

    [Fact]
    public void Starting_at_a_batch_gives_the_rest_of_the_epoch()
    {
        using var loader = new ImageLoader(TestImages.Dataset(20), CassTransforms.Training(16, 16), new ImageLoaderOptions { BatchSize = 6, Shuffle = true });
        var whole = Read(loader, 3);
        Assert.Equal(whole[2..], Read(loader, 3, startBatch: 2));
        Assert.Empty(Read(loader, 3, startBatch: loader.BatchesPerEpoch));
    }

    [Fact]
    public void Every_image_comes_up_once_with_its_own_pixels_and_targets()
    {
        var dataset = TestImages.Dataset(17);
        var pipeline = CassTransforms.Validation(9, 11);
        using var loader = new ImageLoader(dataset, pipeline, new ImageLoaderOptions { BatchSize = 5, Shuffle = true });
        var seen = new List<int>();
        foreach (var batch in loader.ReadEpoch(1))
        {
            using (batch)
            {
                var pixels = batch.Images.data<float>().ToArray();
                var targets = batch.Targets!.data<float>().ToArray();
                for (var i = 0; i < batch.Count; i++)
                {
                    var expected = new float[pipeline.OutputLength];
                    pipeline.Apply(dataset.Images[batch.Indices[i]].Decode(), new Xoshiro256Random(0), expected);
                    Assert.Equal(expected, pixels[(i * expected.Length)..((i + 1) * expected.Length)]);
                    Assert.Equal(batch.Indices[i] % 2 == 0 ? [1f, 0f] : [0f, 1f], targets[(2 * i)..((2 * i) + 2)]);
                }

                seen.AddRange(batch.Indices);
            }
        }

        Assert.Equal(4, loader.BatchesPerEpoch);
        Assert.NotEqual(Enumerable.Range(0, 17), seen);
        Assert.Equal(Enumerable.Range(0, 17), seen.Order());
    }

    [Fact]
    public void The_last_incomplete_batch_is_kept_or_dropped()
    {
        var dataset = TestImages.Dataset(10);
        Assert.Equal([4, 4, 2], Read(dataset, new ImageLoaderOptions { BatchSize = 4 }).Select(b => b.Indices.Length));
        Assert.Equal([4, 4], Read(dataset, new ImageLoaderOptions { BatchSize = 4, DropLast = true }).Select(b => b.Indices.Length));
    }

    [Fact]
    public void Views_of_an_image_differ_in_their_randomness_and_sizes()
    {
        using var loader = new ImageLoader(
            TestImages.Dataset(6, 30, 30).Images,
            [CassTransforms.Training(16, 16), CassTransforms.Training(16, 16), CassTransforms.Training(8, 12)],
            new ImageLoaderOptions { BatchSize = 6 });
        using var batch = loader.ReadEpoch(1).Single();
        Assert.Null(batch.Targets);
        Assert.Equal([6, 3, 16, 16], batch.Views[0].shape);
        Assert.Equal([6, 3, 8, 12], batch.Views[2].shape);
        Assert.False(batch.Views[0].data<float>().ToArray().SequenceEqual(batch.Views[1].data<float>().ToArray()));
    }

    [Fact]
    public void Batches_outlive_the_dispose_scope_they_were_read_in_and_leave_nothing_behind()
    {
        var statistics = DisposeScopeManager.Statistics;
        using var loader = new ImageLoader(TestImages.Dataset(12), CassTransforms.Training(8, 8), new ImageLoaderOptions { BatchSize = 4 });
        var before = statistics.ThreadTotalLiveCount;
        ImageBatch batch;
        using (NewDisposeScope())
        {
            using var batches = loader.ReadEpoch(1).GetEnumerator();
            Assert.True(batches.MoveNext());
            batch = batches.Current;
        }

        Assert.Equal(4 * 3 * 64, batch.Images.data<float>().ToArray().Length);
        batch.Dispose();
        Assert.Equal(before, statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Memory_that_is_used_again_changes_nothing_and_moved_batches_keep_theirs()
    {
        var dataset = TestImages.Dataset(31);
        var options = new ImageLoaderOptions { BatchSize = 4, Shuffle = true };
        Assert.Equal(Read(dataset, options), Read(dataset, options with { ReuseMemory = true }));

        using var loader = new ImageLoader(dataset, CassTransforms.Validation(8, 8), options with { ReuseMemory = true, PrefetchBatches = 1, Workers = 0 });
        using var batches = loader.ReadEpoch(1).GetEnumerator();
        Assert.True(batches.MoveNext());
        var first = Address(batches.Current);
        batches.Current.Dispose();
        batches.Current.Dispose();
        Assert.True(batches.MoveNext());
        Assert.Equal(first, Address(batches.Current));
        var moved = batches.Current;
        moved.MoveTo(CPU, ScalarType.Float64);
        using var kept = moved.Images.alias();
        var before = kept.data<double>().ToArray();
        moved.Dispose();
        Assert.True(batches.MoveNext());
        Assert.Equal(before, kept.data<double>().ToArray());
        var last = batches.Current;
        loader.Dispose();
        last.Dispose();

        static unsafe nint Address(ImageBatch batch)
        {
            fixed (byte* pointer = batch.Images.bytes)
            {
                return (nint)pointer;
            }
        }
    }

    [Fact]
    public void An_unreadable_image_fails_its_own_batch_and_is_named()
    {
        var sources = TestImages.Dataset(9).Images.ToArray();
        sources[5] = new EncodedImage("no image"u8.ToArray(), "scan-5.jpg");
        using var loader = new ImageLoader(sources, CassTransforms.Validation(8, 8), new ImageLoaderOptions { BatchSize = 3, Workers = 2, PrefetchBatches = 8 });
        using var batches = loader.ReadEpoch(1).GetEnumerator();
        Assert.True(batches.MoveNext());
        batches.Current.Dispose();
        var error = Assert.Throws<UnreadableImageException>(() => batches.MoveNext());
        Assert.Equal("scan-5.jpg", error.ImageName);
        Assert.Contains("text", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unreadable_images_are_skipped_and_reported_where_that_is_wished()
    {
        var sources = TestImages.Dataset(9).Images.ToArray();
        foreach (var bad in (int[])[1, 3, 4, 5])
        {
            sources[bad] = new EncodedImage(Array.Empty<byte>(), $"bad-{bad}");
        }

        using var loader = new ImageLoader(sources, CassTransforms.Validation(8, 8), new ImageLoaderOptions { BatchSize = 3, UnreadableImages = UnreadableImages.Skip });
        var batches = Read(loader, 1);
        Assert.Equal([[0, 2], [6, 7, 8]], batches.Select(b => b.Indices));
        Assert.Equal(2 * 3 * 64, batches[0].Pixels.Length);
        Assert.Equal([1, 3, 4, 5], loader.SkippedImages.Select(s => s.Index));
        Assert.Equal("bad-3", loader.SkippedImages[1].Name);
        Assert.Contains("empty", loader.SkippedImages[1].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_vanishes_during_the_epoch_is_named()
    {
        using var folder = new TemporaryFolder();
        IImageSource[] files = [.. Enumerable.Range(0, 8).Select(i => new ImageFile(TestImages.Save(folder[$"{i}.png"], TestImages.Pattern(8, 8, 3, i))))];
        using var loader = new ImageLoader(files, CassTransforms.Validation(8, 8), new ImageLoaderOptions { BatchSize = 1, Workers = 1, PrefetchBatches = 1 });
        using var batches = loader.ReadEpoch(1).GetEnumerator();
        Assert.True(batches.MoveNext());
        batches.Current.Dispose();
        File.Delete(folder["7.png"]);
        var error = Assert.Throws<UnreadableImageException>(() =>
        {
            while (batches.MoveNext())
            {
                batches.Current.Dispose();
            }
        });
        Assert.Contains("7.png", error.Message, StringComparison.Ordinal);
        Assert.Contains("no such file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failing_source_of_ones_own_is_named()
    {
        using var loader = new ImageLoader([new FailingSource()], CassTransforms.Validation(8, 8));
        var error = Assert.Throws<UnreadableImageException>(() => loader.ReadEpoch(1).First());
        Assert.Contains("PACS 17", error.Message, StringComparison.Ordinal);
        Assert.Contains("the archive does not answer", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Cancelling_stops_the_epoch_while_images_are_being_read(int workers)
    {
        using var cancellation = new CancellationTokenSource();
        using var source = new BlockingSource();
        using var loader = new ImageLoader([.. Enumerable.Repeat<IImageSource>(source, 8)], CassTransforms.Validation(8, 8), new ImageLoaderOptions { BatchSize = 8, Workers = workers });
        var reading = Task.Run(() => loader.ReadEpoch(1, 0, cancellation.Token).First().Dispose(), TestContext.Current.CancellationToken);
        source.WaitUntilUsed();
        cancellation.Cancel();
        source.Release();
        Assert.ThrowsAny<OperationCanceledException>(() => reading.GetAwaiter().GetResult());
    }

    [Fact]
    public void Disposing_ends_the_threads()
    {
        var loader = new ImageLoader(TestImages.Dataset(12), CassTransforms.Training(8, 8), new ImageLoaderOptions { BatchSize = 4, Workers = 2 });
        var batches = loader.ReadEpoch(1).GetEnumerator();
        Assert.True(batches.MoveNext());
        batches.Current.Dispose();
        loader.Dispose();
        Assert.Throws<ObjectDisposedException>(() => batches.MoveNext());
        Assert.Throws<ObjectDisposedException>(() => loader.ReadEpoch(1).First());
    }

    [Fact]
    public void Only_one_epoch_is_read_at_a_time()
    {
        using var loader = new ImageLoader(TestImages.Dataset(12), CassTransforms.Training(8, 8), new ImageLoaderOptions { BatchSize = 4 });
        using (var batches = loader.ReadEpoch(1).GetEnumerator())
        {
            batches.MoveNext();
            batches.Current.Dispose();
            Assert.Throws<InvalidOperationException>(() => loader.ReadEpoch(2).First());
        }

        loader.ReadEpoch(2).First().Dispose();
    }

    [Fact]
    public void A_batch_larger_than_the_data_is_refused_with_the_remedy()
    {
        var error = Assert.Throws<CassInputException>(() => new ImageLoader(TestImages.Dataset(3), CassTransforms.Validation(8, 8), new ImageLoaderOptions { BatchSize = 4, DropLast = true }));
        Assert.Contains("batch of 4", error.Message, StringComparison.Ordinal);
        Assert.Contains("DropLast", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(ImageLoaderOptions.BatchSize))]
    [InlineData(nameof(ImageLoaderOptions.Workers))]
    [InlineData(nameof(ImageLoaderOptions.PrefetchBatches))]
    public void Options_out_of_range_are_named(string option)
    {
        var options = new ImageLoaderOptions
        {
            BatchSize = option is nameof(ImageLoaderOptions.BatchSize) ? 0 : 1,
            Workers = option is nameof(ImageLoaderOptions.Workers) ? -1 : 1,
            PrefetchBatches = option is nameof(ImageLoaderOptions.PrefetchBatches) ? 0 : 1,
        };
        var error = Assert.Throws<CassInputException>(() => new ImageLoader(TestImages.Dataset(3), CassTransforms.Validation(8, 8), options));
        Assert.Contains(option, error.Message, StringComparison.Ordinal);
    }

    private static List<Content> Read(ImageDataset dataset, ImageLoaderOptions options)
    {
        using var loader = new ImageLoader(dataset, [CassTransforms.Training(16, 14), CassTransforms.Training(9, 9)], options);
        return Read(loader, 1);
    }

    private static List<Content> Read(ImageLoader loader, int epoch, int startBatch = 0)
    {
        var batches = new List<Content>();
        foreach (var batch in loader.ReadEpoch(epoch, startBatch))
        {
            using (batch)
            {
                batches.Add(new Content([.. batch.Indices], [.. batch.Views.SelectMany(v => v.data<float>().ToArray())]));
            }
        }

        return batches;
    }

    private sealed record Content(int[] Indices, float[] Pixels)
    {
        public bool Equals(Content? other) => other is not null && Indices.SequenceEqual(other.Indices) && Pixels.SequenceEqual(other.Pixels);

        public override int GetHashCode() => Indices[0];
    }

    private sealed class FailingSource : IImageSource
    {
        public string Name => "PACS 17";

        public PixelImage Decode() => throw new TimeoutException("the archive does not answer");
    }

    private sealed class BlockingSource : IImageSource, IDisposable
    {
        private readonly ManualResetEventSlim used = new();
        private readonly ManualResetEventSlim released = new();

        public string Name => "slow";

        public PixelImage Decode()
        {
            used.Set();
            released.Wait();
            return TestImages.Pattern(8, 8);
        }

        public void WaitUntilUsed() => used.Wait();

        public void Release() => released.Set();

        public void Dispose()
        {
            used.Dispose();
            released.Dispose();
        }
    }
}
