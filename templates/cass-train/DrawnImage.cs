using Cass;
using Cass.Data;

namespace Company.CassProgram1;

/// <summary>
/// A stand-in for a scan: a noisy disc, with a bright ring, a bright spot or neither in it. Replace it by your images: an <see cref="IImageSource"/>
/// gives the pixels of anything, such as a PACS.
/// </summary>
internal sealed class DrawnImage(int seed, string label) : IImageSource
{
    private const int Side = 64;
    private static readonly string[] Classes = ["nothing", "ring", "spot"];

    public string Name => $"{label} {seed}";

    public static ImageDataset Dataset(int count)
    {
        var labels = new LabelMap(Classes);
        return ImageDataset.FromImages(
            Enumerable.Range(0, count).Select(i => ((IImageSource)new DrawnImage(i, Classes[i % Classes.Length]), Classes[i % Classes.Length])),
            labels);
    }

    public PixelImage Decode()
    {
        var random = new Random(seed);
        var (centerX, centerY) = (Side / 2 + random.Next(-5, 6), Side / 2 + random.Next(-5, 6));
        var (x, y) = (centerX + random.Next(-12, 13), centerY + random.Next(-12, 13));
        var radius = random.Next(4, 9);
        var pixels = new byte[Side * Side];
        for (var row = 0; row < Side; row++)
        {
            for (var column = 0; column < Side; column++)
            {
                var body = Distance(column, row, centerX, centerY) < 26 ? 90 : 10;
                var distance = Distance(column, row, x, y);
                var finding = label switch
                {
                    "ring" when Math.Abs(distance - radius) < 1.5 => 120,
                    "spot" when distance < radius => 120,
                    _ => 0,
                };
                pixels[(row * Side) + column] = (byte)(body + finding + random.Next(0, 40));
            }
        }

        return new PixelImage(Side, Side, 1, pixels);
    }

    private static double Distance(int x1, int y1, int x2, int y2) => Math.Sqrt(Math.Pow(x1 - x2, 2) + Math.Pow(y1 - y2, 2));
}
