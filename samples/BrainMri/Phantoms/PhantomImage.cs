using Cass;

namespace BrainMri.Phantoms;

/// <summary>
/// A synthetic axial head slice, drawn when it is decoded. It resembles MRI and is none: it serves to try the
/// software without data, never to judge a method for medical use.
/// </summary>
/// <param name="kind">The class.</param>
/// <param name="seed">What distinguishes it from other phantoms of its class.</param>
/// <param name="size">Width and height in pixels, at least 16.</param>
internal sealed class PhantomImage(TumorKind kind, ulong seed, int size = PhantomImage.DefaultSize) : IImageSource
{
    /// <summary>Width and height in pixels unless given.</summary>
    public const int DefaultSize = 128;

    /// <inheritdoc/>
    public string Name { get; } = $"phantom {LabelMap.BrainTumorMri[(int)kind]} {seed:x16}";

    /// <summary>The class.</summary>
    public TumorKind Kind => kind;

    /// <summary>The same head in another size.</summary>
    public PhantomImage InSize(int other) => new(kind, seed, other);

    /// <inheritdoc/>
    public PixelImage Decode() => Draw(withTumor: true);

    /// <summary>Draws the same head, with the same noise, without its tumour: to compare with.</summary>
    public PixelImage DecodeWithoutTumor() => Draw(withTumor: false);

    /// <summary>
    /// Where the tumour's mass is: 255 on pixels of which it covers half or more, 0 elsewhere; 0 everywhere in a head without. A
    /// glioma's oedema and a meningioma's tail do not belong to it.
    /// </summary>
    public PixelImage DecodeTumorMask()
    {
        var random = new PhantomRandom(PhantomRandom.Mix(seed));
        var contrast = TissueContrast.Draw(random, kind);
        var head = new HeadAnatomy(random, DrawLevel(random, kind), contrast);
        var lesion = DrawLesion(contrast);
        var frame = HeadFrame.Draw(random);
        var pixels = new byte[size * size];
        for (var place = 0; lesion is not null && place < pixels.Length; place++)
        {
            var (_, _, x, y) = frame.At(place / size, place % size, size);
            pixels[place] = lesion.CoverageAt(x, y, head.RadiusAt(x, y)) >= 0.5 ? byte.MaxValue : byte.MinValue;
        }

        return new PixelImage(size, size, 1, pixels);
    }

    private PixelImage Draw(bool withTumor)
    {
        var random = new PhantomRandom(PhantomRandom.Mix(seed));
        var contrast = TissueContrast.Draw(random, kind);
        var head = new HeadAnatomy(random, DrawLevel(random, kind), contrast);
        var lesion = withTumor ? DrawLesion(contrast) : null;
        var frame = HeadFrame.Draw(random);

        var bias = new ValueNoise(random.NextBits());
        var biasStrength = random.Between(0.04, 0.14);
        var gain = random.Between(0.88, 1.06);
        var offset = random.Between(0, 0.06);
        var curve = random.Between(-0.1, 0.1);
        var noise = random.Between(0.010, 0.034);

        var pixels = new byte[size * size];
        for (var row = 0; row < size; row++)
        {
            for (var column = 0; column < size; column++)
            {
                var (u, v, x, y) = frame.At(row, column, size);
                var intensity = head.IntensityAt(x, y);
                if (lesion is not null)
                {
                    intensity = lesion.IntensityAt(intensity, x, y, head.RadiusAt(x, y));
                }

                intensity *= 1 + (biasStrength * bias.At((u * 0.9) + 9, (v * 0.9) + 9));
                intensity = (intensity * (1 + (curve * (1 - intensity))) * gain) + offset;

                // Magnitude images have Rician noise: Gaussian in two channels, never negative.
                var real = intensity + (noise * Gaussian(random));
                var imaginary = noise * Gaussian(random);
                intensity = Math.Sqrt((real * real) + (imaginary * imaginary));
                pixels[(row * size) + column] = (byte)Math.Clamp((int)((255 * intensity) + 0.5), 0, 255);
            }
        }

        return new PixelImage(size, size, 1, pixels);
    }

    /// <summary>From a sequence of its own, so that the head and the noise are the same without the tumour.</summary>
    private Lesion? DrawLesion(TissueContrast contrast) => Lesion.Draw(new PhantomRandom(PhantomRandom.Mix(~seed)), kind, contrast);

    /// <summary>
    /// Where the head is cut. As in collections of real images, the slice that shows a tumour best is often the one kept,
    /// so that the level says something about the class, but only the pituitary's is certain.
    /// </summary>
    private static SliceLevel DrawLevel(PhantomRandom random, TumorKind kind)
    {
        var (high, middle) = kind switch
        {
            TumorKind.Glioma => (0.75, 0.20),
            TumorKind.Meningioma => (0.20, 0.75),
            TumorKind.NoTumor => (0.30, 0.40),
            _ => (0.0, 0.0),
        };
        var share = random.NextUnit();
        return share < high ? SliceLevel.High : share < high + middle ? SliceLevel.Middle : SliceLevel.Low;
    }

    /// <summary>Nearly Gaussian with unit variance: three uniform numbers of 21 bits, summed (Irwin–Hall).</summary>
    private static double Gaussian(PhantomRandom random)
    {
        const double Unit = 1.0 / (1 << 21);
        var bits = random.NextBits();
        var sum = (bits & 0x1FFFFF) + ((bits >> 21) & 0x1FFFFF) + ((bits >> 42) & 0x1FFFFF);
        return ((sum * Unit) - 1.5) * 2;
    }
}
