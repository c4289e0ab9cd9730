using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Cass.Data;

/// <summary>
/// Decodes PNG images of 16 bits a sample (PNG specification, third edition), whose low bytes general decoders drop:
/// grey, grey with alpha, RGB, RGBA; plain or interlaced. Rows become grey levels one by one.
/// </summary>
internal static class Png16Decoder
{
    /// <summary>What deflate compresses to one byte at the most.</summary>
    private const long MaxDeflateRatio = 1032;

    private static readonly Pass[] Adam7 =
        [new(0, 0, 8, 8), new(4, 0, 8, 8), new(0, 4, 4, 8), new(2, 0, 4, 4), new(0, 2, 2, 4), new(1, 0, 2, 2), new(0, 1, 1, 2)];

    private static readonly Pass[] Plain = [new(0, 0, 1, 1)];

    /// <summary>Takes the samples of a row of a pass.</summary>
    private delegate void RowReader(ReadOnlySpan<float> samples, int row, Pass pass);

    /// <summary>Whether the bytes are a PNG of 16 bits a sample.</summary>
    public static bool Handles(ReadOnlySpan<byte> encoded) =>
        encoded.Length >= 33 && encoded.StartsWith(ImageDecoder.PngSignature) && encoded[12..].StartsWith("IHDR"u8) && encoded[24] == 16;

    public static PixelImage Decode(ReadOnlySpan<byte> encoded, string name, ImageDecodingOptions options)
    {
        var width = BinaryPrimitives.ReadUInt32BigEndian(encoded[16..]);
        var height = BinaryPrimitives.ReadUInt32BigEndian(encoded[20..]);
        ImageDecoder.CheckSize(width, height, encoded.Length, name, options);
        var stored = encoded[25] switch
        {
            0 => 1,
            2 => 3,
            4 => 2,
            6 => 4,
            var type => throw PngChunks.Damaged(name, $"its colour type {type} does not exist with 16 bits"),
        };
        if (encoded[26] != 0 || encoded[27] != 0 || encoded[28] > 1)
        {
            throw PngChunks.Damaged(name, "its compression, filter or interlace method does not exist");
        }

        var layout = new Layout((int)width, (int)height, stored, stored <= 2 ? 1 : 3, encoded[28] == 0 ? Plain : Adam7);
        var (data, isWhole) = PngChunks.ReadImageData(encoded, name);
        using (data)
        {
            if (data.Length * MaxDeflateRatio < layout.Bytes)
            {
                throw PngChunks.Truncated(name);
            }

            return Decode(data, isWhole, layout, name, options.HighBitDepth);
        }
    }

    private static PixelImage Decode(MemoryStream data, bool isWhole, Layout layout, string name, IntensityMapping mapping)
    {
        if (mapping.IsMinMax)
        {
            var (from, to) = (float.PositiveInfinity, float.NegativeInfinity);
            ReadRows(data, isWhole, layout, name, (samples, _, _) =>
            {
                foreach (var sample in samples)
                {
                    from = Math.Min(from, sample);
                    to = Math.Max(to, sample);
                }
            });
            mapping = mapping.Between(from, to);
            data.Position = 0;
        }

        var (width, channels) = (layout.Width, layout.Channels);
        var pixels = PixelBuffers.Rent(width * layout.Height * channels);
        var levels = new byte[width * channels];
        ReadRows(data, isWhole, layout, name, (samples, row, pass) =>
        {
            var mapped = levels.AsSpan(0, samples.Length);
            mapping.Apply(samples, mapped);
            var target = pixels.AsSpan((pass.Y + (row * pass.StepY)) * width * channels, width * channels);
            for (var column = 0; column < mapped.Length / channels; column++)
            {
                mapped.Slice(column * channels, channels).CopyTo(target[((pass.X + (column * pass.StepX)) * channels)..]);
            }
        });
        return new PixelImage(width, layout.Height, channels, pixels);
    }

    private static void ReadRows(MemoryStream data, bool isWhole, Layout layout, string name, RowReader read)
    {
        try
        {
            using var inflated = new ZLibStream(data, CompressionMode.Decompress, leaveOpen: true);
            foreach (var pass in layout.Passes)
            {
                ReadPass(inflated, layout, pass, name, read);
            }

            // Reading to the end compares the checksum of the data, where the file does not end before it.
            if (isWhole)
            {
                inflated.ReadByte();
            }
        }
        catch (EndOfStreamException e)
        {
            throw PngChunks.Truncated(name, e);
        }
        catch (InvalidDataException e)
        {
            throw isWhole ? PngChunks.Damaged(name, "its compressed data is invalid", e) : PngChunks.Truncated(name, e);
        }
    }

    private static void ReadPass(ZLibStream inflated, Layout layout, Pass pass, string name, RowReader read)
    {
        var columns = (layout.Width - pass.X + pass.StepX - 1) / pass.StepX;
        var rows = (layout.Height - pass.Y + pass.StepY - 1) / pass.StepY;
        if (columns <= 0 || rows <= 0)
        {
            return;
        }

        var pixelBytes = layout.Stored * 2;
        var current = new byte[columns * pixelBytes];
        var previous = new byte[current.Length];
        var samples = new float[columns * layout.Channels];
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
                throw PngChunks.Damaged(name, $"its line filter {filter} does not exist");
            }

            for (var column = 0; column < columns; column++)
            {
                for (var c = 0; c < layout.Channels; c++)
                {
                    samples[(column * layout.Channels) + c] = BinaryPrimitives.ReadUInt16BigEndian(current.AsSpan((column * pixelBytes) + (c * 2)));
                }
            }

            read(samples, row, pass);
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

    /// <summary>How the samples lie in the file: <paramref name="Stored"/> a pixel, of which the first <paramref name="Channels"/> are kept.</summary>
    private sealed record Layout(int Width, int Height, int Stored, int Channels, Pass[] Passes)
    {
        /// <summary>What the samples take, uncompressed.</summary>
        public long Bytes => (long)Width * Height * Stored * 2;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Pass(int X, int Y, int StepX, int StepY);
}
