using Cass.Data;
using SkiaSharp;
using Xunit;

namespace Cass.Tests.Data.Decoding;

public sealed class ImageDecoderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_png_decodes_to_the_pixels_that_were_encoded(int channels)
    {
        var image = TestImages.Pattern(37, 53, channels, 4);
        var decoded = ImageDecoder.Decode(TestImages.Encode(image), "image");
        Assert.Equal((53, 37, channels), (decoded.Width, decoded.Height, decoded.Channels));
        Assert.Equal(image.Pixels, decoded.Pixels);
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void Lossy_formats_decode_to_nearly_the_same(SKEncodedImageFormat format)
    {
        var image = ImageResampling.Resize(TestImages.Pattern(8, 8, 3, 4), 64, 48, Interpolation.Bicubic);
        var decoded = ImageDecoder.Decode(TestImages.Encode(image, format, 95), "image");
        Assert.Equal((48, 64, 3), (decoded.Width, decoded.Height, decoded.Channels));
        Assert.True(image.Pixels.Zip(decoded.Pixels, (a, b) => Math.Abs(a - b)).Average() < 4);
    }

    [Fact]
    public void A_gray_jpeg_decodes_to_one_channel()
    {
        var decoded = ImageDecoder.Decode(TestImages.Encode(TestImages.Pattern(16, 24, 1), SKEncodedImageFormat.Jpeg), "image");
        Assert.Equal(1, decoded.Channels);
    }

    [Fact]
    public void A_single_pixel_decodes_and_goes_through_the_pipelines()
    {
        var decoded = ImageDecoder.Decode(TestImages.Encode(new PixelImage(1, 1, 3, [10, 20, 30])), "image");
        Assert.Equal([10, 20, 30], decoded.Pixels);
        var output = new float[3 * 32 * 32];
        CassTransforms.Training(32, 32).Apply(decoded, new Xoshiro256Random(3), output);
        Assert.All(output, v => Assert.True(float.IsFinite(v)));
    }

    [Fact]
    public void A_truncated_jpeg_is_refused()
    {
        var bytes = TestImages.Encode(TestImages.Pattern(64, 64), SKEncodedImageFormat.Jpeg);
        AssertUnreadable(bytes[..(bytes.Length / 2)], "truncated");
        AssertUnreadable(bytes[..20], "cut off");
    }

    [Fact]
    public void Text_emptiness_and_foreign_formats_are_named_as_what_they_are()
    {
        AssertUnreadable("<html>404</html>"u8.ToArray(), "it is text");
        AssertUnreadable([], "empty (0 bytes)");
        AssertUnreadable([.. "II*\0"u8, .. new byte[64]], "TIFF");
        AssertUnreadable([.. new byte[128], .. "DICM"u8, .. new byte[64]], "DICOM");
        AssertUnreadable([0, 1, 2, 3, 200, 201, 202], "no JPEG, PNG, BMP, WebP or GIF");
    }

    [Fact]
    public void An_image_beyond_the_pixel_limit_is_refused_before_memory_is_taken()
    {
        var bytes = TestImages.Encode(TestImages.Pattern(1, 1));

        // A PNG's width and height, and the checksum of the header chunk that they are in.
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), 20_000);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(20), 20_000);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(29), System.IO.Hashing.Crc32.HashToUInt32(bytes.AsSpan(12, 17)));
        var before = GC.GetTotalAllocatedBytes(precise: true);
        AssertUnreadable(bytes, "20000×20000 = 400000000 pixels, more than the 178956970 allowed");
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, 1 << 20);
        AssertUnreadable(TestImages.Encode(TestImages.Pattern(10, 10)), "more than the 99 allowed", new ImageDecodingOptions { MaxPixels = 99 });
    }

    [Fact]
    public void A_missing_file_and_a_folder_named_like_an_image_are_told_apart()
    {
        using var folder = new TemporaryFolder();
        var missing = Assert.Throws<UnreadableImageException>(() => new ImageFile(folder["nowhere.jpg"]).Decode());
        Assert.Contains("no such file", missing.Message, StringComparison.Ordinal);
        Assert.Contains("nowhere.jpg", missing.Message, StringComparison.Ordinal);
        Directory.CreateDirectory(folder["scan.jpg"]);
        var directory = Assert.Throws<UnreadableImageException>(() => new ImageFile(folder["scan.jpg"]).Decode());
        Assert.Contains("it is a folder", directory.Message, StringComparison.Ordinal);
    }

    private static void AssertUnreadable(byte[] bytes, string reason, ImageDecodingOptions? options = null)
    {
        var error = Assert.Throws<UnreadableImageException>(() => ImageDecoder.Decode(bytes, "scan.jpg", options));
        Assert.Equal("scan.jpg", error.ImageName);
        Assert.StartsWith("Cannot read the image 'scan.jpg': ", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }
}
