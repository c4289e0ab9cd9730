using System.Collections.Concurrent;
using Cass.Data;
using Xunit;

namespace Cass.Tests.Serving;

/// <summary>
/// A predictor whose probability of "bright" is the first byte of an image over 255. It remembers what it is given, can be held up, refuses images
/// called bad, and notices being used after it was disposed.
/// </summary>
internal sealed class FakePredictor(int version = 1) : IDecodingPredictor, IDisposable
{
    private readonly ConcurrentQueue<string[]> batches = new();
    private int prepared;
    private volatile bool isDisposed;

    public LabelMap Labels { get; init; } = new(["bright", "dark"]);

    public ImageDecodingOptions Decoding { get; init; } = ImageDecodingOptions.ForPrediction;

    /// <summary>Names of the images of each batch, less the first that a service has predicted to warm up.</summary>
    public IReadOnlyList<string[]> Batches => [.. batches.Skip(1)];

    public int PreparedCount => Volatile.Read(ref prepared);

    public bool IsDisposed => isDisposed;

    /// <summary>Lets batches be computed; held up where it is not set.</summary>
    public ManualResetEventSlim Gate { get; } = new(initialState: true);

    /// <summary>Lets images be prepared; held up where it is not set.</summary>
    public ManualResetEventSlim PreparationGate { get; } = new(initialState: true);

    public IImageSource Prepare(IImageSource image)
    {
        Assert.False(isDisposed);
        PreparationGate.Wait();
        if (image.Name.StartsWith("undecodable", StringComparison.Ordinal))
        {
            throw new UnreadableImageException(image.Name, "it is damaged.");
        }

        Interlocked.Increment(ref prepared);
        return new Prepared(image.Name, image.Decode(), version);
    }

    public IReadOnlyList<Prediction> Predict(IReadOnlyList<IImageSource> images)
    {
        Assert.False(isDisposed);
        batches.Enqueue([.. images.Select(image => image.Name)]);
        Gate.Wait();
        Assert.False(isDisposed);
        if (images.FirstOrDefault(image => image.Name.StartsWith("bad", StringComparison.Ordinal)) is { } bad)
        {
            throw new CassInputException($"The image '{bad.Name}' is bad.");
        }

        return [.. images.Select(image =>
        {
            Assert.True(image is not Prepared other || other.Version == version, "The image was prepared for another version.");
            var bright = image.Decode().Pixels[0] / 255.0;
            return new Prediction(image.Name, bright > 0.5 ? Labels[0] : Labels[1], Math.Max(bright, 1 - bright), [], [new(Labels[0], bright), new($"v{version}", 1 - bright)]);
        })];
    }

    public void Dispose()
    {
        Assert.False(isDisposed);
        isDisposed = true;
    }

    /// <summary>An image of one grey pixel.</summary>
    public sealed record Pixel(string Name, byte Level) : IImageSource
    {
        public PixelImage Decode() => new(1, 1, 1, [Level]);
    }

    private sealed record Prepared(string Name, PixelImage Pixels, int Version) : IImageSource
    {
        public PixelImage Decode() => Pixels;
    }
}
