using Cass.Data;
using SkiaSharp;
using Xunit;

namespace Cass.Tests.Data.Decoding;

/// <summary>Images that are much larger than a network's input, decoded to a part of their size.</summary>
public sealed class ReducingGapTests
{
    [Theory]
    [InlineData(1600, 1200, 32, 3.0, 200, 150)]
    [InlineData(1600, 1200, 96, 3.0, 400, 300)]
    [InlineData(1600, 1200, 96, 1.0, 200, 150)]
    [InlineData(1000, 700, 224, 3.0, 1000, 700)]
    [InlineData(1000, 700, 224, 2.0, 750, 525)]
    public void A_JPEG_is_decoded_to_the_fewest_eighths_that_are_the_gap_times_the_input(int width, int height, int input, double gap, int expectedWidth, int expectedHeight)
    {
        var image = Jpeg(height, width);
        var decoded = ImageDecoder.DecodeFor(image, new ImageDecodingOptions { ReducingGap = gap }, input, input);
        Assert.Equal((expectedWidth, expectedHeight), (decoded.Width, decoded.Height));
    }

    [Fact]
    public void Without_it_and_for_images_that_are_not_much_larger_nothing_changes()
    {
        var large = Jpeg(1200, 1600);
        Assert.Equal(large.Decode().Pixels, ImageDecoder.DecodeFor(large, ImageDecodingOptions.ForPrediction, 32, 32).Pixels);
        var usual = Jpeg(500, 600);
        Assert.Equal(usual.Decode().Pixels, ImageDecoder.DecodeFor(usual, new ImageDecodingOptions { ReducingGap = 3 }, 224, 224).Pixels);
        var png = new EncodedImage(TestImages.Encode(TestImages.Pattern(1200, 1600, channels: 1)), "scan");
        Assert.Equal(png.Decode().Pixels, ImageDecoder.DecodeFor(png, new ImageDecodingOptions { ReducingGap = 3 }, 32, 32).Pixels);

        // Training does not say what it decodes for.
        Assert.Equal(1600, Jpeg(1200, 1600, new ImageDecodingOptions { ReducingGap = 3 }).Decode().Width);
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg, 1)]
    [InlineData(SKEncodedImageFormat.Jpeg, 3)]
    [InlineData(SKEncodedImageFormat.Webp, 3)]
    public void What_is_resized_in_the_end_differs_by_a_level_or_two(SKEncodedImageFormat format, int channels)
    {
        const int Input = 64;
        var image = new EncodedImage(TestImages.Encode(TestImages.Pattern(900, 1300, channels), format), "photograph");
        var reduced = ImageDecoder.DecodeFor(image, new ImageDecodingOptions { ReducingGap = 3 }, Input, Input);
        Assert.True(reduced.Width < 700, $"{reduced.Width}");
        var whole = ImageResampling.Resize(image.Decode(), Input, Input).Pixels;
        var found = ImageResampling.Resize(reduced, Input, Input).Pixels;
        Assert.InRange(whole.Zip(found).Average(pair => Math.Abs(pair.First - pair.Second)), 0, 1.0);
        Assert.True(whole.Zip(found).Max(pair => Math.Abs(pair.First - pair.Second)) <= 8);
    }

    [Fact]
    public void An_image_that_lies_on_its_side_is_measured_as_it_is_stood_up()
    {
        // Stored 1600 wide and 400 high; an input of 100 high and 20 wide needs 3 times as much of the upright image: 400 wide, 1600 high.
        var turned = WithOrientation(TestImages.Encode(TestImages.Pattern(400, 1600), SKEncodedImageFormat.Jpeg), orientation: 6);
        var options = new ImageDecodingOptions { ReducingGap = 3, ApplyExifOrientation = true };
        var decoded = ImageDecoder.DecodeFor(new EncodedImage(turned, "photograph"), options, 100, 20);
        Assert.Equal((100, 400), (decoded.Width, decoded.Height));
        var lying = ImageDecoder.DecodeFor(new EncodedImage(turned, "photograph"), options with { ApplyExifOrientation = false }, 100, 20);
        Assert.Equal((1200, 300), (lying.Width, lying.Height));
    }

    [Theory]
    [InlineData(0.99)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void A_gap_that_would_leave_less_than_the_input_is_refused(double gap) =>
        Assert.Contains($"ReducingGap is {gap}", Assert.Throws<CassInputException>(() => new ImageDecodingOptions { ReducingGap = gap }).Message, StringComparison.Ordinal);

    private static EncodedImage Jpeg(int height, int width, ImageDecodingOptions? options = null) =>
        new(TestImages.Encode(TestImages.Pattern(height, width), SKEncodedImageFormat.Jpeg), "photograph", options);

    /// <summary>Adds an EXIF segment of one tag, the orientation (0x0112).</summary>
    private static byte[] WithOrientation(byte[] jpeg, byte orientation) =>
    [
        .. jpeg.AsSpan(0, 2),
        0xFF, 0xE1, 0, 34, .. "Exif\0\0"u8,
        .. "II*\0"u8, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0,
        .. jpeg.AsSpan(2),
    ];
}
