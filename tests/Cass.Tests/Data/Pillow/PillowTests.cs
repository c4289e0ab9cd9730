using System.Globalization;
using Cass.Data;
using Cass.Tests.Reference;
using Xunit;

namespace Cass.Tests.Data.Pillow;

/// <summary>
/// Every function and decoder against Pillow and torchvision, bit for bit where their arithmetic is integers (see
/// generate.py beside this file).
/// </summary>
public sealed class PillowTests
{
    private static readonly ReferenceTensors Reference = ReferenceTensors.Read(Path.Combine(AppContext.BaseDirectory, "Data", "Pillow", "pillow.safetensors"));

    public static TheoryData<string> Functions => Groups(key => key.Split('/')[0] is not ("decode" or "exif" or "png16") && !key.EndsWith("/source", StringComparison.Ordinal), key => key.Split('/')[1]);

    public static TheoryData<string> Files => Groups(key => key.StartsWith("decode/", StringComparison.Ordinal), key => key.Split('/')[1]);

    [Theory]
    [MemberData(nameof(Functions))]
    public void Functions_give_Pillows_pixels(string function)
    {
        foreach (var key in Reference.Keys.Where(k => k.Split('/')[0] is "landscape" or "portrait"))
        {
            var parts = key.Split('/');
            if (parts[1] != function)
            {
                continue;
            }

            var actual = Run(Image($"{parts[0]}/source"), function, parts[2..]);
            var expected = Image(key);
            if (function == "grayscale")
            {
                actual = TestImages.ToRgb(actual);
            }

            Assert.Equal((expected.Width, expected.Height, expected.Channels), (actual.Width, actual.Height, actual.Channels));

            // torchvision 0.14 finds the perspective's coefficients in single precision; "warp" has them exactly.
            AssertClose(key, expected.Pixels, actual.Pixels, tolerance: function is "blur" or "perspective" ? 1 : 0, share: function is "perspective" ? 0.02 : 0);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Files_decode_to_Pillows_pixels(string name)
    {
        var decoded = ImageDecoder.Decode(Reference.BytesOf($"decode/{name}/file"), name);
        var expected = Image($"decode/{name}/pixels");
        Assert.Equal((expected.Width, expected.Height), (decoded.Width, decoded.Height));
        AssertClose(name, expected.Pixels, decoded.Channels == 1 ? TestImages.ToRgb(decoded).Pixels : decoded.Pixels, tolerance: 0, share: 0);
    }

    [Fact]
    public void Exif_orientation_is_applied_where_that_is_wished()
    {
        for (var orientation = 1; orientation <= 8; orientation++)
        {
            var file = Reference.BytesOf($"exif/{orientation}/file");
            var expected = Image($"exif/{orientation}/pixels");
            var turned = ImageDecoder.Decode(file, "photograph", new ImageDecodingOptions { ApplyExifOrientation = true });
            Assert.Equal((expected.Width, expected.Height), (turned.Width, turned.Height));
            AssertClose($"orientation {orientation}", expected.Pixels, turned.Pixels, tolerance: 0, share: 0);
            Assert.Equal(52, ImageDecoder.Decode(file, "photograph").Width);
        }
    }

    [Fact]
    public void Sixteen_bit_PNG_is_mapped_from_all_its_bits()
    {
        var file = Reference.BytesOf("png16/file");
        var samples = Reference.LongsOf("png16/samples");
        Assert.Equal(samples.Select(s => (byte)Math.Floor((s / 257.0) + 0.5)), ImageDecoder.Decode(file, "scan").Pixels);
        var windowed = ImageDecoder.Decode(file, "scan", new ImageDecodingOptions { HighBitDepth = IntensityMapping.Window(30_000, 2_001) });
        Assert.Equal(1, windowed.Channels);
        Assert.Equal(samples.Select(s => (byte)Math.Clamp(Math.Floor(((((s - 29_999.5) / 2_000) + 0.5) * 255) + 0.5), 0, 255)), windowed.Pixels);
    }

    private static PixelImage Run(PixelImage image, string function, string[] arguments)
    {
        var numbers = arguments.Select(a => double.TryParse(a, CultureInfo.InvariantCulture, out var value) ? value : double.NaN).ToArray();
        Interpolation Mode() => Enum.Parse<Interpolation>(arguments[0], ignoreCase: true);
        int Int(int i) => (int)numbers[i];
        return function switch
        {
            "resize" => ImageResampling.Resize(image, Int(1), Int(2), Mode()),
            "resized_crop" => ImageResampling.ResizedCrop(image, Int(1), Int(2), Int(3), Int(4), Int(5), Int(6), Mode()),
            "affine" => ImageGeometry.Affine(image, numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6], Mode()),
            "perspective" => ImageGeometry.Perspective(
                image,
                [(0, 0), (image.Width - 1, 0), (image.Width - 1, image.Height - 1), (0, image.Height - 1)],
                [.. Enumerable.Range(0, 4).Select(i => (Int(1 + (2 * i)), Int(2 + (2 * i))))],
                Mode()),
            "warp" => ImageWarp.Perspective(image, numbers[1..], Mode()),
            "brightness" => ImageColor.AdjustBrightness(image, numbers[0]),
            "contrast" => ImageColor.AdjustContrast(image, numbers[0]),
            "saturation" => ImageColor.AdjustSaturation(image, numbers[0]),
            "hue" => ImageColor.AdjustHue(image, numbers[0]),
            "solarize" => ImageColor.Solarize(image, Int(0)),
            "grayscale" => ImageColor.ToGrayscale(image),
            "hflip" => ImageGeometry.FlipHorizontal(image),
            "vflip" => ImageGeometry.FlipVertical(image),
            "blur" => ImageBlur.Gaussian(image, Int(0), numbers[1]),
            _ => throw new NotSupportedException(function),
        };
    }

    private static void AssertClose(string what, byte[] expected, byte[] actual, int tolerance, double share)
    {
        var beyond = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Count(d => d > tolerance);
        var worst = expected.Zip(actual, (e, a) => Math.Abs(e - a)).Max();
        Assert.True(beyond <= share * expected.Length, $"{what}: {beyond} of {expected.Length} values differ, by up to {worst}");
    }

    private static PixelImage Image(string key)
    {
        var shape = Reference.ShapeOf(key);
        return new PixelImage((int)shape[1], (int)shape[0], (int)shape[2], Reference.BytesOf(key));
    }

    private static TheoryData<string> Groups(Func<string, bool> condition, Func<string, string> name)
    {
        var data = new TheoryData<string>();
        foreach (var group in Reference.Keys.Where(condition).Select(name).Distinct().Order(StringComparer.Ordinal))
        {
            data.Add(group);
        }

        return data;
    }
}
