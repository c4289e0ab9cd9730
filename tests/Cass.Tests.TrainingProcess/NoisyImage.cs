namespace Cass.Tests.TrainingProcess;

/// <summary>Noise, brighter for each class, the same for the same number.</summary>
internal sealed class NoisyImage(int kind, int seed) : IImageSource
{
    private const int Side = 16;

    public string Name => $"noise-{seed}";

    public PixelImage Decode()
    {
        var random = new Random(seed);
        var pixels = new byte[Side * Side * 3];
        random.NextBytes(pixels);
        for (var i = 0; i < pixels.Length; i++)
        {
            pixels[i] = (byte)((pixels[i] / 2) + (40 * kind));
        }

        return new PixelImage(Side, Side, 3, pixels);
    }
}
