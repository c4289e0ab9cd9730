namespace Cass.Serving.Benchmarks;

/// <summary>Noise of 224×224 pixels.</summary>
internal sealed class RandomImage(int seed) : IImageSource
{
    public string Name => $"noise {seed}";

    public static RandomImage[] Several(int count) => [.. Enumerable.Range(0, count).Select(seed => new RandomImage(seed))];

    public PixelImage Decode()
    {
        var pixels = new byte[224 * 224 * 3];
        new Random(seed).NextBytes(pixels);
        return new PixelImage(224, 224, 3, pixels);
    }
}
