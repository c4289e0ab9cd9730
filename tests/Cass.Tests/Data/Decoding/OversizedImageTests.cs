using System.Buffers.Binary;
using Cass.Data;
using Xunit;

namespace Cass.Tests.Data.Decoding;

/// <summary>Small files that say they are huge images are refused before memory is taken for them.</summary>
public sealed class OversizedImageTests
{
    [Theory]
    [InlineData(60_000, 2_900)]
    [InlineData(12_000, 12_000)]
    [InlineData(4_200, 4_200)]
    public void A_GIF_of_kilobytes_and_a_huge_canvas_is_refused_without_taking_memory(int width, int height)
    {
        var file = Gif(width, height, paddingBytes: 3_600);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<UnreadableImageException>(() => ImageDecoder.Decode(file, "canvas.gif"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.Contains("canvas.gif", error.Message, StringComparison.Ordinal);
        Assert.Contains($"{width}×{height}", error.Message, StringComparison.Ordinal);
        Assert.Contains("MaxPixelsPerByte", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Such_an_image_is_read_where_the_options_allow_it()
    {
        var file = Gif(4_200, 4_200, paddingBytes: 3_600);
        Assert.Equal(4_200, ImageDecoder.Decode(file, "canvas.gif", new ImageDecodingOptions { MaxPixelsPerByte = 10_000 }).Height);
    }

    [Fact]
    public void Small_images_of_one_color_are_read_whatever_their_bytes() =>
        Assert.Equal(2_000, ImageDecoder.Decode(Gif(2_000, 2_000, paddingBytes: 0), "plain.gif").Width);

    [Theory]
    [InlineData(16)]
    [InlineData(8)]
    public void A_PNG_whose_data_cannot_hold_its_pixels_is_refused_without_taking_memory(int bits)
    {
        // The signature, a header of 10,000×10,000 grey pixels, and 100,000 bytes that are no pixels.
        byte[] header = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, 0, 0, 0, 13, .. "IHDR"u8, 0, 0, 0x27, 0x10, 0, 0, 0x27, 0x10, (byte)bits, 0, 0, 0, 0];
        byte[] checksum = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(checksum, System.IO.Hashing.Crc32.HashToUInt32(header.AsSpan(12)));
        byte[] file = [.. header, .. checksum, 0, 1, 0x86, 0xA0, .. "IDAT"u8, .. new byte[bits == 16 ? 100_000 : 10_000]];
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<UnreadableImageException>(() => ImageDecoder.Decode(file, "scan.png"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    /// <summary>A GIF89a of one frame of 1×1 pixels on a canvas, with a comment to fill it up.</summary>
    private static byte[] Gif(int width, int height, int paddingBytes)
    {
        var size = new byte[4];
        BinaryPrimitives.WriteUInt16LittleEndian(size, (ushort)width);
        BinaryPrimitives.WriteUInt16LittleEndian(size.AsSpan(2), (ushort)height);
        var comment = new List<byte>();
        for (var left = paddingBytes; left > 0; left -= 200)
        {
            comment.AddRange([0x21, 0xFE, 200, .. Enumerable.Repeat((byte)'x', 200), 0]);
        }

        return
        [
            .. "GIF89a"u8, .. size, 0x80, 0, 0, 0, 0, 0, 255, 255, 255,
            .. comment,
            0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 0x01, 0, 0x3B,
        ];
    }
}
