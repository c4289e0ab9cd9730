using System.Globalization;
using System.Text.RegularExpressions;
using Cass.Data;
using Cass.Tests.Reference;
using Xunit;

namespace Cass.Tests.Data.Transforms;

/// <summary>What Pillow and torchvision made of the same images.</summary>
[Trait("Category", "Reference")]
public sealed partial class TransformReferenceTests
{
    public static TheoryData<string> Files => ReferenceFolder.Names("transforms*.safetensors");

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_transform_gives_the_reference_pixels(string name)
    {
        var reference = ReferenceFolder.Open(name);
        var compared = 0;
        foreach (var key in reference.Keys.Order(StringComparer.Ordinal))
        {
            var slash = key.IndexOf('/', StringComparison.Ordinal);
            var (member, operation) = (key[..slash], key[(slash + 1)..]);
            if (operation is "source" or "perspective_start" or "perspective_end")
            {
                continue;
            }

            if (operation is "normalized")
            {
                CompareNormalized(reference, member);
            }
            else
            {
                var expected = Image(reference, key);
                var actual = Run(reference, member, operation, expected);
                Compare(key, expected, actual, operation is "resize");
            }

            compared++;
        }

        Assert.True(compared > 0);
    }

    private static PixelImage Run(ReferenceTensors reference, string member, string operation, PixelImage expected)
    {
        if (operation is "resize")
        {
            return ImageResampling.Resize(Image(reference, $"{member}/source"), expected.Height, expected.Width);
        }

        var input = Image(reference, $"{member}/resize");
        var match = NameAndValue().Match(operation);
        var value = match.Groups["value"].Success ? double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture) : double.NaN;
        return match.Groups["name"].Value switch
        {
            "brightness" => ImageColor.AdjustBrightness(input, value),
            "contrast" => ImageColor.AdjustContrast(input, value),
            "saturation" => ImageColor.AdjustSaturation(input, value),
            "rotate_affine" => ImageGeometry.Affine(input, value),
            "perspective" => ImageGeometry.Perspective(input, Points(reference, $"{member}/perspective_start"), Points(reference, $"{member}/perspective_end")),
            "vflip" => ImageGeometry.FlipVertical(input),
            "hflip" => ImageGeometry.FlipHorizontal(input),
            _ => throw new NotSupportedException($"The reference has an operation '{operation}' that the test does not know."),
        };
    }

    private static void CompareNormalized(ReferenceTensors reference, string member)
    {
        var input = Image(reference, $"{member}/resize");
        var expected = reference.FloatsOf($"{member}/normalized");
        var actual = new float[expected.Length];
        CassTransforms.Validation(input.Height, input.Width).Apply(input, new Xoshiro256Random(1), actual);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i], actual[i], 1e-6f);
        }
    }

    private static void Compare(string key, PixelImage expected, PixelImage actual, bool isResize)
    {
        Assert.Equal((expected.Width, expected.Height, expected.Channels), (actual.Width, actual.Height, actual.Channels));
        int[] differences = [.. expected.Pixels.Zip(actual.Pixels, (e, a) => Math.Abs(e - a))];
        if (isResize)
        {
            Assert.True(differences.Max() <= 1, $"{key}: differs by up to {differences.Max()} levels");
            return;
        }

        var beyond = differences.Count(d => d > 2);
        Assert.True(beyond <= 0.01 * differences.Length, $"{key}: {beyond} of {differences.Length} values differ by more than 2 levels");
    }

    private static PixelImage Image(ReferenceTensors reference, string key)
    {
        var shape = reference.ShapeOf(key);
        return new PixelImage((int)shape[1], (int)shape[0], (int)shape[2], reference.BytesOf(key));
    }

    private static (int X, int Y)[] Points(ReferenceTensors reference, string key) =>
        [.. reference.LongsOf(key).Chunk(2).Select(p => ((int)p[0], (int)p[1]))];

    [GeneratedRegex(@"^(?<name>[a-z]+(?:_[a-z]+)*)(?:_(?<value>-?[0-9.eE+-]+))?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NameAndValue();
}
