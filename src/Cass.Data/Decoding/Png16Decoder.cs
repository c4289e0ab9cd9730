using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace Cass.Data;

/// <summary>
/// Decodes PNG images of 16 bits a sample (PNG specification, third edition), whose low bytes general decoders drop:
/// grey, grey with alpha, RGB, RGBA; plain or interlaced.
/// </summary>
internal static class Png16Decoder
{
    private static readonly (int X, int Y, int StepX, int StepY)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    /// <summary>Whether the bytes are a PNG of 16 bits a sample.</summary>
    public static bool Handles(ReadOnlySpan<byte> encoded) =>
        encoded.Length >= 33 && encoded.StartsWith(ImageDecoder.PngSignature) && encoded[12..].StartsWith("IHDR"u8) && encoded[24] == 16;

    public static PixelImage Decode(ReadOnlySpan<byte> encoded, string name, ImageDecodingOptions options)
    {
        var width = BinaryPrimitives.ReadUInt32BigEndian(encoded[16..]);
        var height = BinaryPrimitives.ReadUInt32BigEndian(encoded[20..]);
        ImageDecoder.CheckSize(width, height, name, options);
        var stored = encoded[25] switch
        {
            0 => 1,
            2 => 3,
            4 => 2,
            6 => 4,
            var type => throw Damaged(name, $"its colour type {type} does not exist with 16 bits"),
        };
        if (encoded[26] != 0 || encoded[27] != 0 || encoded[28] > 1)
        {
            throw Damaged(name, "its compression, filter or interlace method does not exist");
        }

        var channels = stored <= 2 ? 1 : 3;
        var samples = new float[checked((int)width * (int)height * channels)];
        using var compressed = CompressedData(encoded, name);
        try
        {
            using var inflated = new ZLibStream(compressed, CompressionMode.Decompress);
            if (encoded[28] == 0)
            {
                ReadPass(inflated, samples, new Pass(0, 0, 1, 1), (int)width, (int)height, stored, channels, name);
            }
            else
            {
                foreach (var (x, y, stepX, stepY) in Adam7)
                {
                    ReadPass(inflated, samples, new Pass(x, y, stepX, stepY), (int)width, (int)height, stored, channels, name);
                }
            }
        }
        catch (EndOfStreamException e)
        {
            throw new UnreadableImageException(name, "the PNG data ends early; the file is truncated. Copy it again or leave it out.", e);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(name, "its compressed data is invalid", e);
        }

        var pixels = PixelBuffers.Rent(samples.Length);
        options.HighBitDepth.Apply(samples, pixels);
        return new PixelImage((int)width, (int)height, channels, pixels);
    }

    private static MemoryStream CompressedData(ReadOnlySpan<byte> encoded, string name)
    {
        var data = new MemoryStream();
        var rest = encoded[8..];
        while (rest.Length >= 12)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - 12)
            {
                break;
            }

            var chunk = rest.Slice(4, 4 + (int)length);
            if (Crc32.HashToUInt32(chunk) != BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + (int)length)..]))
            {
                throw Damaged(name, "the checksum of a chunk is wrong");
            }

            if (chunk.StartsWith("IDAT"u8))
            {
                data.Write(chunk[4..]);
            }
            else if (chunk.StartsWith("IEND"u8))
            {
                data.Position = 0;
                return data;
            }

            rest = rest[(12 + (int)length)..];
        }

        throw new UnreadableImageException(name, "the PNG data ends early; the file is truncated. Copy it again or leave it out.");
    }

    private static void ReadPass(Stream inflated, float[] samples, Pass pass, int width, int height, int stored, int channels, string name)
    {
        var columns = (width - pass.X + pass.StepX - 1) / pass.StepX;
        var rows = (height - pass.Y + pass.StepY - 1) / pass.StepY;
        if (columns <= 0 || rows <= 0)
        {
            return;
        }

        var pixelBytes = stored * 2;
        var current = new byte[columns * pixelBytes];
        var previous = new byte[current.Length];
        for (var row = 0; row < rows; row++)
        {
            var filter = inflated.ReadByte();
            if (filter < 0)
            {
                throw new EndOfStreamException();
            }

            inflated.ReadExactly(current);
            if (!Unfilter(filter, current, previous, pixelBytes))
            {
                throw Damaged(name, $"its line filter {filter} does not exist");
            }

            var y = pass.Y + (row * pass.StepY);
            for (var column = 0; column < columns; column++)
            {
                var x = pass.X + (column * pass.StepX);
                for (var c = 0; c < channels; c++)
                {
                    samples[(((y * width) + x) * channels) + c] = BinaryPrimitives.ReadUInt16BigEndian(current.AsSpan((column * pixelBytes) + (c * 2)));
                }
            }

            (current, previous) = (previous, current);
        }
    }

    private static bool Unfilter(int filter, byte[] current, byte[] previous, int pixelBytes)
    {
        for (var i = 0; i < current.Length; i++)
        {
            var left = i >= pixelBytes ? current[i - pixelBytes] : 0;
            var up = previous[i];
            var upperLeft = i >= pixelBytes ? previous[i - pixelBytes] : 0;
            var predicted = filter switch
            {
                0 => 0,
                1 => left,
                2 => up,
                3 => (left + up) / 2,
                4 => Paeth(left, up, upperLeft),
                _ => -1,
            };
            if (predicted < 0)
            {
                return false;
            }

            current[i] = (byte)(current[i] + predicted);
        }

        return true;
    }

    private static int Paeth(int left, int up, int upperLeft)
    {
        var estimate = left + up - upperLeft;
        var (a, b, c) = (Math.Abs(estimate - left), Math.Abs(estimate - up), Math.Abs(estimate - upperLeft));
        return a <= b && a <= c ? left : b <= c ? up : upperLeft;
    }

    private static UnreadableImageException Damaged(string name, string what, Exception? cause = null) =>
        new(name, $"the PNG is damaged: {what}. Replace the file or leave it out.", cause);

    private sealed record Pass(int X, int Y, int StepX, int StepY);
}
