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
    public void Every_color_type_filter_and_interlacing_decodes(int colorType)
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
        Assert.Contains("truncated", Refused(file[..^40]), StringComparison.Ordinal);
        Assert.Contains("truncated", Refused(file[..40]), StringComparison.Ordinal);
        byte[] wrongData = [.. file];
        wrongData[50] ^= 1;
        Assert.Contains("checksum", Refused(wrongData), StringComparison.Ordinal);
        var large = new ImageDecodingOptions { MaxPixels = 63 };
        Assert.Contains("more than the 63 allowed", Assert.Throws<UnreadableImageException>(() => ImageDecoder.Decode(file, "scan", large)).Message, StringComparison.Ordinal);
    }

    /// <summary>8-bit files go through libpng, which says what damage does not matter.</summary>
    [Theory]
    [InlineData("whole")]
    [InlineData("no IEND")]
    [InlineData("half an IEND")]
    [InlineData("cut in the checksum of the pixels' chunk")]
    [InlineData("cut in the checksum of the pixels")]
    [InlineData("cut in the pixels")]
    [InlineData("ancillary checksum before")]
    [InlineData("ancillary checksum after")]
    [InlineData("ancillary chunk cut after")]
    [InlineData("checksum of IEND")]
    [InlineData("checksum of IHDR")]
    [InlineData("checksum of IDAT")]
    [InlineData("checksum of the second IDAT")]
    [InlineData("second IDAT missing")]
    [InlineData("text between")]
    [InlineData("unknown critical before")]
    [InlineData("unknown critical after")]
    [InlineData("zeros after")]
    [InlineData("garbage after the end")]
    [InlineData("empty IDAT")]
    [InlineData("wrong checksum of the pixels")]
    [InlineData("further rows")]
    [InlineData("a row too few")]
    [InlineData("no pixels")]
    public void Damage_matters_in_16_bits_where_it_matters_in_8(string damage)
    {
        var (eight, sixteen) = (Damaged(damage, 8), Damaged(damage, 16));
        Assert.Equal(IsRead(eight), IsRead(sixteen));
        if (IsRead(sixteen))
        {
            Assert.Equal(ImageDecoder.Decode(Damaged("whole", 16), "scan").Pixels, ImageDecoder.Decode(sixteen, "scan").Pixels);
        }
    }

    [Fact]
    public void The_range_of_an_image_is_found_over_all_passes_and_channels()
    {
        var random = new Xoshiro256Random(3);
        var samples = new ushort[9 * 7 * 3];
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = (ushort)random.Next(1000, 5000);
        }

        samples[^1] = 900;
        samples[40] = 5100;
        var image = ImageDecoder.Decode(Encode(samples, 9, 7, 3, 2, true, random), "scan", new ImageDecodingOptions { HighBitDepth = IntensityMapping.MinMax with { Inverted = true } });
        Assert.Equal(samples.Select(s => (byte)(255 - Math.Floor(((s - 900) * 255.0 / 4200) + 0.5))), image.Pixels);
    }

    /// <summary>16×16 random grey pixels in two chunks, with a text before and after, damaged.</summary>
    private static byte[] Damaged(string damage, int bits)
    {
        var random = new Xoshiro256Random(7);
        var rows = damage switch { "further rows" => 19, "a row too few" => 15, _ => 16 };
        var lines = new byte[rows * (1 + (bits * 2))];
        random.NextBytes(lines);
        for (var row = 0; row < rows; row++)
        {
            lines[row * (1 + (bits * 2))] = 0;
        }

        using var data = new MemoryStream();
        using (var zlib = new ZLibStream(data, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(lines);
        }

        var pixels = data.ToArray();
        if (damage == "wrong checksum of the pixels")
        {
            pixels[^1] ^= 1;
        }

        byte[] Chunk(string type, byte[] content, string? breaks = null)
        {
            using var chunk = new MemoryStream();
            WriteChunk(chunk, System.Text.Encoding.ASCII.GetBytes(type), content);
            var bytes = chunk.ToArray();
            bytes[^1] ^= breaks == damage ? (byte)1 : (byte)0;
            return bytes;
        }

        byte[] header = [0, 0, 0, 16, 0, 0, 0, 16, (byte)bits, 0, 0, 0, 0];
        byte[] text = [(byte)'A', 0, (byte)'b'];
        byte[] start = [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, .. Chunk("IHDR", header, "checksum of IHDR"), .. Chunk("tEXt", text, "ancillary checksum before"), .. damage == "unknown critical before" ? Chunk("ABCD", text) : []];
        byte[] first = [.. damage == "empty IDAT" ? Chunk("IDAT", []) : [], .. damage == "no pixels" ? [] : Chunk("IDAT", pixels[..200], "checksum of IDAT")];
        byte[] second = damage is "second IDAT missing" or "no pixels" ? [] : Chunk("IDAT", pixels[200..], "checksum of the second IDAT");
        byte[] after = Chunk("tEXt", text, "ancillary checksum after");
        byte[] end = Chunk("IEND", [], "checksum of IEND");
        return damage switch
        {
            "no IEND" => [.. start, .. first, .. second],
            "half an IEND" => [.. start, .. first, .. second, .. end[..6]],
            "cut in the checksum of the pixels' chunk" => [.. start, .. first, .. second[..^2]],
            "cut in the checksum of the pixels" => [.. start, .. first, .. second[..^6]],
            "cut in the pixels" => [.. start, .. first, .. second[..^40]],
            "ancillary chunk cut after" => [.. start, .. first, .. second, .. after[..9]],
            "text between" => [.. start, .. first, .. after, .. second, .. end],
            "unknown critical after" => [.. start, .. first, .. second, .. Chunk("ABCD", text), .. end],
            "zeros after" => [.. start, .. first, .. second, .. new byte[20]],
            "garbage after the end" => [.. start, .. first, .. second, .. end, .. new byte[20]],
            _ => [.. start, .. first, .. second, .. after, .. end],
        };
    }

    private static bool IsRead(byte[] file)
    {
        try
        {
            ImageDecoder.Decode(file, "scan");
            return true;
        }
        catch (UnreadableImageException)
        {
            return false;
        }
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
