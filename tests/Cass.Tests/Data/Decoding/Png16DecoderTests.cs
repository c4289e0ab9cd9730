using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using Cass.Data;
using Xunit;

namespace Cass.Tests.Data.Decoding;

/// <summary>16-bit PNG against an encoder of the tests' own that takes every line filter, colour type and order of lines.</summary>
public sealed class Png16DecoderTests
{
    private static readonly (int X, int Y, int StepX, int StepY)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(6)]
    public void Every_colour_type_filter_and_interlacing_decodes(int colorType)
    {
        var stored = colorType switch { 0 => 1, 2 => 3, 4 => 2, _ => 4 };
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Xoshiro256Random((ulong)seed, (ulong)colorType);
            var (width, height) = (random.Next(1, 20), random.Next(1, 20));
            var samples = new ushort[width * height * stored];
            for (var i = 0; i < samples.Length; i++)
            {
                samples[i] = (ushort)random.Next(65536);
            }

            var file = Encode(samples, width, height, stored, colorType, seed % 2 == 1, random);
            var image = ImageDecoder.Decode(file, "scan");
            var channels = stored <= 2 ? 1 : 3;
            Assert.Equal((width, height, channels), (image.Width, image.Height, image.Channels));
            Assert.Equal(
                Enumerable.Range(0, width * height * channels).Select(i => (byte)Math.Floor((samples[((i / channels) * stored) + (i % channels)] / 257.0) + 0.5)),
                image.Pixels);
        }
    }

    [Fact]
    public void Damage_is_refused()
    {
        var random = new Xoshiro256Random(1);
        var file = Encode(new ushort[64], 8, 8, 1, 0, false, random);
        Assert.Contains("truncated", Refused(file[..^12]), StringComparison.Ordinal);
        Assert.Contains("truncated", Refused(file[..40]), StringComparison.Ordinal);
        byte[] wrongData = [.. file];
        wrongData[50] ^= 1;
        Assert.Contains("checksum", Refused(wrongData), StringComparison.Ordinal);
        var large = new ImageDecodingOptions { MaxPixels = 63 };
        Assert.Contains("more than the 63 allowed", Assert.Throws<UnreadableImageException>(() => ImageDecoder.Decode(file, "scan", large)).Message, StringComparison.Ordinal);
    }

    private static string Refused(byte[] file) => Assert.Throws<UnreadableImageException>(() => ImageDecoder.Decode(file, "scan")).Message;

    private static byte[] Encode(ushort[] samples, int width, int height, int stored, int colorType, bool isInterlaced, Random random)
    {
        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Fastest, leaveOpen: true))
        {
            foreach (var (x, y, stepX, stepY) in isInterlaced ? Adam7 : [(0, 0, 1, 1)])
            {
                var columns = Enumerable.Range(0, width).Where(c => c >= x && (c - x) % stepX == 0).ToArray();
                byte[] above = new byte[columns.Length * stored * 2];
                foreach (var row in Enumerable.Range(0, height).Where(r => r >= y && (r - y) % stepY == 0 && columns.Length > 0))
                {
                    byte[] line = [.. columns.SelectMany(c => Enumerable.Range(0, stored).SelectMany(k => new[] { (byte)(samples[(((row * width) + c) * stored) + k] >> 8), (byte)samples[(((row * width) + c) * stored) + k] }))];
                    var filter = random.Next(5);
                    zlib.WriteByte((byte)filter);
                    for (var i = 0; i < line.Length; i++)
                    {
                        int left = i >= stored * 2 ? line[i - (stored * 2)] : 0;
                        int corner = i >= stored * 2 ? above[i - (stored * 2)] : 0;
                        var predicted = filter switch { 0 => 0, 1 => left, 2 => above[i], 3 => (left + above[i]) >> 1, _ => Paeth(left, above[i], corner) };
                        zlib.WriteByte((byte)(line[i] - predicted));
                    }

                    above = line;
                }
            }
        }

        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10]);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 16;
        header[9] = (byte)colorType;
        header[12] = isInterlaced ? (byte)1 : (byte)0;
        WriteChunk(file, "IHDR"u8, header);
        var bytes = data.ToArray();
        WriteChunk(file, "IDAT"u8, bytes[..(bytes.Length / 2)]);
        WriteChunk(file, "IDAT"u8, bytes[(bytes.Length / 2)..]);
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    /// <summary>The neighbour nearest to left + above − corner; left before above before corner.</summary>
    private static int Paeth(int left, int above, int corner) =>
        new[] { left, above, corner }.MinBy(candidate => Math.Abs(left + above - corner - candidate));

    private static void WriteChunk(MemoryStream file, ReadOnlySpan<byte> type, byte[] content)
    {
        var number = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        byte[] chunk = [.. type, .. content];
        file.Write(chunk);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32(chunk));
        file.Write(number);
    }
}
