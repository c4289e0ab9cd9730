using System.Diagnostics;
using Cass.Data;
using Cass.Serving;
using Cass.Tests.Models;
using Cass.Tests.Training;
using Xunit;

namespace Cass.Tests.Serving;

/// <summary>Images that come at once, on their way through a service.</summary>
public sealed class BatchingTests : IAsyncDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(1);

    private readonly FakePredictor predictor = new();
    private ClassifierService? service;

    public async ValueTask DisposeAsync()
    {
        predictor.Gate.Set();
        predictor.PreparationGate.Set();
        await (service?.DisposeAsync() ?? default);
    }

    [Fact]
    public async Task Images_that_come_while_others_are_computed_go_in_batches_and_each_gets_its_own_answer()
    {
        await StartAsync(new ServingOptions { MaxBatchSize = 16 });
        predictor.Gate.Reset();
        var calls = new List<Task<Prediction>> { Send("image 0", 0) };
        await Eventually.True(() => predictor.Batches.Count == 1);
        calls.AddRange(Enumerable.Range(1, 20).Select(i => Send($"image {i}", i)));
        await Eventually.True(() => predictor.PreparedCount == 21);

        predictor.Gate.Set();
        var predictions = await Task.WhenAll(calls);

        Assert.Equal([1, 16, 4], predictor.Batches.Select(batch => batch.Length));
        Assert.All(predictions.Select((prediction, i) => (prediction, i)), pair =>
        {
            Assert.Equal($"image {pair.i}", pair.prediction.Image);
            Assert.Equal(pair.i / 255.0, pair.prediction.Probabilities[0].Probability);
        });
        Assert.Equal(0, service!.Pending);
    }

    [Fact]
    public async Task An_image_waits_for_one_that_is_on_its_way_and_goes_at_once_where_none_is()
    {
        await StartAsync(new ServingOptions { MaxDelay = Long, PreparationThreads = 2 });
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 3; i++)
        {
            await Send($"alone {i}", 1);
        }

        Assert.InRange(clock.Elapsed, TimeSpan.Zero, Long);
        Assert.All(predictor.Batches, batch => Assert.Single(batch));

        using var slow = new SlowImage();
        var late = service!.PredictAsync(slow, TestContext.Current.CancellationToken);
        var early = Send("early", 2);
        await Task.Delay(50, TestContext.Current.CancellationToken);
        slow.Gate.Set();
        await Task.WhenAll(late, early);
        Assert.Equal(["early", "slow"], predictor.Batches[^1]);
    }

    [Fact]
    public async Task Batches_of_one_are_the_classifier_used_alone_to_the_bit_and_larger_ones_nearly()
    {
        foreach (var name in new[] { TinyBackbones.ResNet, TinyBackbones.Transformer })
        {
            using var classifier = TinyClassifiers.Create(seed: 3, name);
            IImageSource[] images = [.. Enumerable.Range(0, 40).Select(i => new TinyImage(i % 4, i))];
            var alone = images.Select(image => classifier.Predict(image)).ToArray();
            foreach (var size in new[] { 1, 16 })
            {
                await using var served = new ClassifierService(new PredictorSource([], () => new Borrowed(classifier)), new ServingOptions { MaxBatchSize = size, MaxDelay = TimeSpan.FromMilliseconds(50) });
                await served.StartAsync(TestContext.Current.CancellationToken);
                var predictions = await Task.WhenAll(images.Select(image => served.PredictAsync(image)));
                for (var i = 0; i < images.Length; i++)
                {
                    Assert.Equal(images[i].Name, predictions[i].Image);
                    Assert.All(alone[i].Probabilities.Zip(predictions[i].Probabilities), pair => Assert.Equal(pair.First.Probability, pair.Second.Probability, size == 1 ? 0.0 : 1e-5));
                }
            }
        }
    }

    [Fact]
    public async Task A_bad_image_fails_alone_whether_it_cannot_be_decoded_or_spoils_the_batch()
    {
        await StartAsync(new ServingOptions { MaxBatchSize = 16 });
        predictor.Gate.Reset();
        var first = Send("first", 1);
        await Eventually.True(() => predictor.Batches.Count == 1);
        var good = Enumerable.Range(0, 5).Select(i => Send($"good {i}", i)).ToArray();
        var bad = Send("bad", 9);
        var undecodable = Send("undecodable", 9);
        Assert.Equal("undecodable", (await Assert.ThrowsAsync<UnreadableImageException>(() => undecodable)).ImageName);
        await Eventually.True(() => predictor.PreparedCount == 7);

        predictor.Gate.Set();

        Assert.Contains("'bad' is bad", (await Assert.ThrowsAsync<CassInputException>(() => bad)).Message, StringComparison.Ordinal);
        Assert.Equal([0, 1, 2, 3, 4], (await Task.WhenAll(good)).Select(p => (int)Math.Round(p.Probabilities[0].Probability * 255)));
        await first;
        Assert.Equal([1, 6, 1, 1, 1, 1, 1, 1], predictor.Batches.Select(batch => batch.Length));
        Assert.Equal(0, service!.Pending);
    }

    [Fact]
    public async Task A_cancelled_image_ends_at_once_and_is_not_computed_and_the_others_of_its_batch_are()
    {
        await StartAsync(new ServingOptions { MaxBatchSize = 16 });
        predictor.Gate.Reset();
        using var source = new CancellationTokenSource();
        var first = service!.PredictAsync(new FakePredictor.Pixel("computing", 1), source.Token);
        await Eventually.True(() => predictor.Batches.Count == 1);
        var before = Send("before", 2);
        var cancelled = service!.PredictAsync(new FakePredictor.Pixel("cancelled", 3), source.Token);
        var after = Send("after", 4);
        await Eventually.True(() => predictor.PreparedCount == 4);

        await source.CancelAsync();

        // The computing goes on, and nobody waits for it.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        predictor.Gate.Set();
        await Task.WhenAll(before, after);
        Assert.DoesNotContain("cancelled", predictor.Batches.SelectMany(batch => batch));
        await Eventually.True(() => service!.Pending == 0);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => service!.PredictAsync(new FakePredictor.Pixel("late", 3), source.Token));
    }

    [Fact]
    public async Task A_full_queue_refuses_until_there_is_a_place_again()
    {
        await StartAsync(new ServingOptions { MaxBatchSize = 2, MaxQueue = 4 });
        predictor.Gate.Reset();
        var calls = Enumerable.Range(0, 4).Select(i => Send($"image {i}", i)).ToArray();
        var error = await Assert.ThrowsAsync<ServiceOverloadedException>(() => Send("fifth", 5));
        Assert.Contains("MaxQueue", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.RetryAfter, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        Assert.DoesNotContain('\n', error.Message);
        using var unread = new AsyncOnlyStream(new byte[10]);
        await Assert.ThrowsAsync<ServiceOverloadedException>(() => service!.PredictAsync(unread, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(0, unread.Taken);

        predictor.Gate.Set();
        await Task.WhenAll(calls);
        await Send("sixth", 6);
        Assert.DoesNotContain("fifth", predictor.Batches.SelectMany(batch => batch));
    }

    [Fact]
    public async Task Uploads_that_are_held_are_limited_in_bytes_all_together_but_one_alone_is_not()
    {
        await StartAsync(new ServingOptions { MaxQueuedBytes = 1000, PreparationThreads = 1 });
        predictor.PreparationGate.Reset();
        var png = Cass.Tests.Data.TestImages.Encode(Cass.Tests.Data.TestImages.Pattern(40, 40));
        Assert.True(png.Length > 1000);
        using var first = new AsyncOnlyStream(png, chunk: 100);
        var call = service!.PredictAsync(first, "first", TestContext.Current.CancellationToken);
        await Eventually.True(() => first.Taken == png.Length);

        using var second = new AsyncOnlyStream(png, chunk: 100);
        Assert.Contains("MaxQueuedBytes", (await Assert.ThrowsAsync<ServiceOverloadedException>(() => service.PredictAsync(second, "second", TestContext.Current.CancellationToken))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ServiceOverloadedException>(() => service.PredictAsync(png.AsMemory(), "third", TestContext.Current.CancellationToken));

        predictor.PreparationGate.Set();
        Assert.Equal("first", (await call).Image);
        Assert.Equal("fourth", (await service.PredictAsync(png.AsMemory(), "fourth", TestContext.Current.CancellationToken)).Image);
        Assert.Equal(0, service.Pending);
    }

    [Theory]
    [InlineData("MaxBatchSize is 0; it must be at least 1 and at most 4096")]
    [InlineData("MaxDelay is 00:00:02; it must be at least 00:00:00 and at most 00:00:01")]
    [InlineData("MaxQueue is 3, less than MaxBatchSize, 4")]
    [InlineData("MaxQueuedBytes is 0; it must be at least 1.")]
    [InlineData("PreparationThreads is 0; it must be at least 1 and at most 256")]
    [InlineData("PollInterval is 00:00:00; it must be at least 00:00:00.0100000")]
    public void An_option_outside_its_range_is_named_with_its_value(string expected)
    {
        var options = expected.Split(' ')[0] switch
        {
            "MaxBatchSize" => new ServingOptions { MaxBatchSize = 0 },
            "MaxDelay" => new ServingOptions { MaxDelay = TimeSpan.FromSeconds(2) },
            "MaxQueue" => new ServingOptions { MaxQueue = 3 },
            "MaxQueuedBytes" => new ServingOptions { MaxQueuedBytes = 0 },
            "PreparationThreads" => new ServingOptions { PreparationThreads = 0 },
            _ => new ServingOptions { PollInterval = TimeSpan.Zero },
        };
        Assert.StartsWith("ServingOptions." + expected, Assert.Throws<CassInputException>(() => new ClassifierService(new PredictorSource([], () => predictor), options)).Message, StringComparison.Ordinal);
    }

    private async Task StartAsync(ServingOptions options)
    {
        service = new ClassifierService(new PredictorSource([], () => predictor), options);
        await service.StartAsync(TestContext.Current.CancellationToken);
    }

    private Task<Prediction> Send(string name, int level) => service!.PredictAsync(new FakePredictor.Pixel(name, (byte)level), TestContext.Current.CancellationToken);

    /// <summary>An image that takes until it is told to be there.</summary>
    private sealed class SlowImage : IImageSource, IDisposable
    {
        public ManualResetEventSlim Gate { get; } = new(initialState: false);

        public string Name => "slow";

        public PixelImage Decode()
        {
            Gate.Wait();
            return new PixelImage(1, 1, 1, [7]);
        }

        public void Dispose() => Gate.Dispose();
    }

    /// <summary>A predictor that a service does not dispose.</summary>
    private sealed class Borrowed(IDecodingPredictor inner) : IDecodingPredictor
    {
        public LabelMap Labels => inner.Labels;

        public ImageDecodingOptions Decoding => inner.Decoding;

        public IImageSource Prepare(IImageSource image) => inner.Prepare(image);

        public IReadOnlyList<Prediction> Predict(IReadOnlyList<IImageSource> images) => inner.Predict(images);
    }
}
