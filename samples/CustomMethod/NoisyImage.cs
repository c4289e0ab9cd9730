using Cass;

namespace CustomMethod;

/// <summary>A bright stripe on noise, of another width and another noise for each number.</summary>
internal sealed class NoisyImage(int number) : IImageSource
{
    private const int Side = 40;

    public string Name => $"image {number}";

    public PixelImage Decode()
    {
        var noise = new Random(number);
        var pixels = new byte[Side * Side * 3];
        for (var i = 0; i < pixels.Length; i++)
        {
            var column = i / 3 % Side;
            pixels[i] = (byte)((column < number % Side ? 160 : 40) + noise.Next(60));
        }

        return new PixelImage(Side, Side, 3, pixels);
    }
}
