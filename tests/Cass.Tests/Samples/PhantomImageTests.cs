using System.Security.Cryptography;
using BrainMri.Phantoms;
using Xunit;

namespace Cass.Tests.Samples;

public sealed class PhantomImageTests
{
    private static readonly TumorKind[] Kinds = Enum.GetValues<TumorKind>();

    [Fact]
    public void Kinds_are_numbered_as_published() =>
        Assert.Equal(LabelMap.BrainTumorMri.Names, Kinds.Order().Select(kind => kind.ToString().ToLowerInvariant()));

    [Fact]
    public void One_seed_gives_one_image_on_any_thread()
    {
        var expected = Kinds.Select(kind => new PhantomImage(kind, 5).Decode().Pixels).ToArray();
        Parallel.For(0, 16, i =>
            Assert.Equal(expected[i % Kinds.Length], new PhantomImage(Kinds[i % Kinds.Length], 5).Decode().Pixels));
    }

    [Fact]
    public void Images_have_the_size_asked_for_and_use_the_range_of_gray()
    {
        foreach (var phantom in PhantomDataset.Images(40, size: 96))
        {
            var image = phantom.Decode();
            Assert.Equal((96, 96, 1), (image.Width, image.Height, image.Channels));

            // Dark air in the corners, a brighter head in the middle.
            var corner = Mean(image, 0, 0, 8);
            var middle = Mean(image, 36, 36, 24);
            Assert.InRange(corner, 0, 45);
            Assert.True(middle > corner + 15, $"{phantom.Name}: the middle ({middle:0}) is hardly brighter than the corner ({corner:0}).");
            Assert.True(image.Pixels.Max() > 110, $"{phantom.Name}: nothing is bright.");
        }
    }

    [Fact]
    public void No_two_phantoms_are_alike()
    {
        var hashes = PhantomDataset.Images(200, size: 32).Select(phantom => Convert.ToHexString(SHA256.HashData(phantom.Decode().Pixels)));
        Assert.Equal(200, hashes.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void A_tumour_changes_part_of_the_brain_and_nothing_else()
    {
        for (var seed = 0UL; seed < 12; seed++)
        {
            foreach (var kind in Kinds.Where(kind => kind != TumorKind.NoTumor))
            {
                var changed = ChangedPixels(kind, seed);
                Assert.InRange(changed.Count, 30, 128 * 128 / 4);
                Assert.All(changed, pixel => Assert.InRange(FromCenter(pixel), 0, 0.95));
            }
        }
    }

    [Fact]
    public void A_pituitary_tumour_sits_on_the_midline_in_front_of_the_center()
    {
        for (var seed = 0UL; seed < 20; seed++)
        {
            var (x, y, radius) = Extent(ChangedPixels(TumorKind.Pituitary, seed));
            Assert.InRange(x, -0.25, 0.25);
            Assert.InRange(y, -0.40, 0.05);
            Assert.InRange(radius, 0.03, 0.20);
        }
    }

    [Fact]
    public void A_glioma_sits_inside_a_hemisphere_and_a_meningioma_near_the_skull()
    {
        var glioma = new List<double>();
        var meningioma = new List<double>();
        for (var seed = 0UL; seed < 20; seed++)
        {
            var (x, y, _) = Extent(ChangedPixels(TumorKind.Glioma, seed));
            glioma.Add(Math.Sqrt((x * x) + (y * y)));
            (x, y, _) = Extent(ChangedPixels(TumorKind.Meningioma, seed));
            meningioma.Add(Math.Sqrt((x * x) + (y * y)));
        }

        Assert.True(meningioma.Average() > glioma.Average() + 0.12, $"{meningioma.Average():0.00} against {glioma.Average():0.00}");
        Assert.All(meningioma, distance => Assert.True(distance > 0.35, $"{distance:0.00}"));
    }

    [Fact]
    public void A_meningioma_is_more_even_than_a_glioma()
    {
        // Standard deviation of the tumour's pixels in shares of their mean.
        double Unevenness(TumorKind kind) => Enumerable.Range(0, 20).Average(seed =>
        {
            var image = new PhantomImage(kind, (ulong)seed).Decode();
            var values = ChangedPixels(kind, (ulong)seed).Select(p => (double)image.Pixels[(p.Row * 128) + p.Column]).ToArray();
            var mean = values.Average();
            return Math.Sqrt(values.Average(v => (v - mean) * (v - mean))) / mean;
        });
        var (glioma, meningioma) = (Unevenness(TumorKind.Glioma), Unevenness(TumorKind.Meningioma));
        Assert.True(glioma > 1.2 * meningioma, $"glioma {glioma:0.000}, meningioma {meningioma:0.000}");
    }

    [Fact]
    public void Brightness_alone_does_not_tell_the_classes()
    {
        // Nearest neighbours on mean and standard deviation of the grey values, where a blind guess is right in 0.25.
        var samples = PhantomDataset.Images(1200, size: 48).Select(phantom =>
        {
            var pixels = phantom.Decode().Pixels.Select(p => (double)p).ToArray();
            var mean = pixels.Average();
            return (phantom.Kind, Mean: mean, Deviation: Math.Sqrt(pixels.Average(p => (p - mean) * (p - mean))));
        }).ToArray();
        var (train, test) = (samples[..900], samples[900..]);
        foreach (var (withDeviation, most) in new[] { (false, 0.45), (true, 0.55) })
        {
            var right = test.Count(sample => train
                .OrderBy(other => Math.Abs(other.Mean - sample.Mean) + (withDeviation ? Math.Abs(other.Deviation - sample.Deviation) : 0))
                .Take(15)
                .GroupBy(other => other.Kind)
                .MaxBy(group => group.Count())!.Key == sample.Kind);
            Assert.InRange((double)right / test.Length, 0.1, most);
        }
    }

    [Fact]
    public void The_mask_is_where_the_mass_has_changed_the_head()
    {
        foreach (var kind in Kinds)
        {
            var shares = new List<double>();
            for (var seed = 0UL; seed < 12; seed++)
            {
                var mask = new PhantomImage(kind, seed).DecodeTumorMask();
                Assert.Equal((128, 128, 1), (mask.Width, mask.Height, mask.Channels));
                Assert.All(mask.Pixels, level => Assert.True(level is 0 or 255));
                var mass = Enumerable.Range(0, mask.Pixels.Length).Where(i => mask.Pixels[i] == 255).ToHashSet();
                if (kind == TumorKind.NoTumor)
                {
                    Assert.Empty(mass);
                    continue;
                }

                // Here and there a tumour is as bright as what it has displaced, and a glioma's oedema changes more than its mass.
                var changed = ChangedPixels(kind, seed).Select(pixel => (pixel.Row * 128) + pixel.Column).ToHashSet();
                shares.Add(mass.Count(changed.Contains) / (double)mass.Count);
                Assert.InRange(changed.Count(mass.Contains) / (double)changed.Count, kind == TumorKind.Glioma ? 0.2 : 0.5, 1);
            }

            Assert.True(kind == TumorKind.NoTumor || shares.Average() > 0.8, $"{kind}: {string.Join(", ", shares)}");
        }
    }

    private static List<(int Row, int Column)> ChangedPixels(TumorKind kind, ulong seed)
    {
        var phantom = new PhantomImage(kind, seed);
        var (with, without) = (phantom.Decode().Pixels, phantom.DecodeWithoutTumor().Pixels);
        return [.. Enumerable.Range(0, with.Length).Where(i => Math.Abs(with[i] - without[i]) > 3).Select(i => (i / 128, i % 128))];
    }

    /// <summary>Centre of the pixels and the radius of a disc of their number, in units of half the image.</summary>
    private static (double X, double Y, double Radius) Extent(List<(int Row, int Column)> pixels) => (
        (pixels.Average(p => p.Column) / 64) - 1,
        (pixels.Average(p => p.Row) / 64) - 1,
        Math.Sqrt(pixels.Count / Math.PI) / 64);

    private static double FromCenter((int Row, int Column) pixel)
    {
        var (x, y) = ((pixel.Column / 64.0) - 1, (pixel.Row / 64.0) - 1);
        return Math.Sqrt((x * x) + (y * y));
    }

    private static double Mean(PixelImage image, int left, int top, int size)
    {
        var sum = 0.0;
        for (var row = top; row < top + size; row++)
        {
            for (var column = left; column < left + size; column++)
            {
                sum += image.Pixels[(row * image.Width) + column];
            }
        }

        return sum / (size * size);
    }
}
