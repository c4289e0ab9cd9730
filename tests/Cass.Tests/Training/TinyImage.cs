namespace Cass.Tests.Training;

/// <summary>A small noisy image whose class shows however it is flipped: plain, rows, columns or a bright centre.</summary>
internal sealed class TinyImage(int kind, int seed, int size = 40) : IImageSource
{
    public static LabelMap Labels { get; } = new(["plain", "rows", "columns", "centre"]);

    public string Name => $"tiny-{Labels[kind]}-{seed}";

    public PixelImage Decode()
    {
        var random = new Random(seed);
        var pixels = new byte[size * size * 3];
        for (var y = 0; y < size; y++)
        {
            for (var x = 0; x < size; x++)
            {
                var bright = kind switch
                {
                    1 => y / 5 % 2 == 0,
                    2 => x / 5 % 2 == 0,
                    3 => Math.Abs(x - (size / 2)) < 10 && Math.Abs(y - (size / 2)) < 10,
                    _ => false,
                };
                var value = (byte)(random.Next(100) + (bright ? 120 : 0));
                pixels.AsSpan(((y * size) + x) * 3, 3).Fill(value);
            }
        }

        return new PixelImage(size, size, 3, pixels);
    }
}
