using Cass.Data;
using Cass.Serving;
using Xunit;

namespace Cass.Tests.Serving;

/// <summary>Computations other than predictions with the predictor that is served.</summary>
public sealed class ComputeTests
{
    [Fact]
    public async Task A_computation_gets_the_predictor_and_the_image_and_its_result_or_failure_is_the_callers()
    {
        var predictor = new FakePredictor();
        await using var service = await StartAsync(() => predictor);
        using var upload = new AsyncOnlyStream(new byte[] { 7, 8, 9 });
        var (lent, bytes, name) = await service.ComputeAsync(upload, (served, image) => (served, ((IEncodedImageSource)image).ReadBytes(), image.Name), "scan 7", TestContext.Current.CancellationToken);
        Assert.Same(predictor, lent);
        Assert.Equal([7, 8, 9], bytes);
        Assert.Equal("scan 7", name);

        var error = await Assert.ThrowsAsync<CassInputException>(() => Compute<int>(service, _ => throw new CassInputException("no such class")));
        Assert.Equal("no such class", error.Message);
        Assert.Equal(0, service.Pending);
    }

    [Fact]
    public async Task Computations_run_one_at_a_time_within_the_queue_and_the_service_waits_for_them()
    {
        var predictor = new FakePredictor();
        await using var service = await StartAsync(() => predictor, new ServingOptions { MaxQueue = 3, MaxBatchSize = 1 });
        using var gate = new ManualResetEventSlim();
        var (running, most) = (0, 0);
        var calls = Enumerable.Range(0, 3).Select(_ => Compute(service, _ =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            gate.Wait();
            return Interlocked.Decrement(ref running);
        })).ToArray();
        await Eventually.True(() => service.Pending == 3 && Volatile.Read(ref running) == 1);
        await Assert.ThrowsAsync<ServiceOverloadedException>(() => Compute(service, _ => 1));

        var stopped = service.StopAsync(TestContext.Current.CancellationToken);
        Assert.False(stopped.IsCompleted);
        gate.Set();
        await stopped;
        Assert.All(await Task.WhenAll(calls), left => Assert.Equal(0, left));
        Assert.Equal(1, most);
        Assert.True(predictor.IsDisposed);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => Compute(service, _ => 1));
    }

    [Fact]
    public async Task A_predictor_that_is_replaced_is_disposed_once_its_computation_has_ended()
    {
        var loaded = new List<FakePredictor>();
        await using var service = await StartAsync(() =>
        {
            loaded.Add(new FakePredictor(loaded.Count + 1));
            return loaded[^1];
        });
        using var gate = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        var call = Compute(service, served =>
        {
            begun.Set();
            gate.Wait();
            return ((FakePredictor)served).IsDisposed;
        });
        await Eventually.True(() => begun.IsSet);
        await service.ReloadAsync(TestContext.Current.CancellationToken);
        Assert.False(loaded[0].IsDisposed);
        gate.Set();
        Assert.False(await call);
        await Eventually.True(() => loaded[0].IsDisposed);
        Assert.Same(loaded[1], await Compute(service, served => served));
    }

    [Fact]
    public async Task A_computation_that_is_cancelled_while_it_waits_gives_its_place_back_and_uploads_are_limited()
    {
        var predictor = new FakePredictor { Decoding = ImageDecodingOptions.ForPrediction with { MaxBytes = 3 } };
        await using var service = await StartAsync(() => predictor);
        using var long4 = new AsyncOnlyStream(new byte[4]);
        Assert.True((await Assert.ThrowsAsync<UnreadableImageException>(() => service.ComputeAsync(long4, (_, _) => 1, cancellationToken: TestContext.Current.CancellationToken))).ExceedsLimit);

        using var gate = new ManualResetEventSlim();
        var first = Compute(service, _ =>
        {
            gate.Wait();
            return 1;
        });
        using var source = new CancellationTokenSource();
        using var stream = new MemoryStream([1]);
        var second = service.ComputeAsync(stream, (_, _) => 2, cancellationToken: source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        gate.Set();
        Assert.Equal(1, await first);
        Assert.Equal(0, service.Pending);
    }

    private static async Task<ClassifierService> StartAsync(Func<IImagePredictor> load, ServingOptions? options = null)
    {
        var service = new ClassifierService(new PredictorSource([], load), options);
        await service.StartAsync(TestContext.Current.CancellationToken);
        return service;
    }

    private static async Task<T> Compute<T>(ClassifierService service, Func<IImagePredictor, T> compute)
    {
        using var stream = new MemoryStream([1]);
        return await service.ComputeAsync(stream, (served, _) => compute(served), cancellationToken: TestContext.Current.CancellationToken);
    }
}
