namespace Cass.Tests.DistributedProcess;

/// <summary>Noise, brighter for each class, the same for the same number.</summary>
internal sealed class NoisyImage(int kind, int seed, string name = "noise", bool isBroken = false) : IImageSource
{
    private const int Side = 36;

    public string Name => $"{name}-{seed}";

    public PixelImage Decode()
    {
        if (isBroken)
        {
            throw new InvalidDataException("it is broken in this process.");
        }

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
