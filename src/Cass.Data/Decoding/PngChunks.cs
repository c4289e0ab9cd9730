using System.Buffers.Binary;
using System.IO.Hashing;

namespace Cass.Data;

/// <summary>
/// Reads the chunks of a PNG, as strictly as libpng reads 8-bit images: what the pixels do not depend on may be damaged, and
/// the end may be missing once the pixels are there.
/// </summary>
internal static class PngChunks
{
    private const int FrameBytes = 12;

    /// <summary>The compressed pixels.</summary>
    /// <returns>The data, and whether the file has its chunks whole; where not, the file ends within them.</returns>
    /// <exception cref="UnreadableImageException">A chunk that the pixels depend on is damaged, or there are no pixels.</exception>
    public static (MemoryStream Data, bool IsWhole) ReadImageData(ReadOnlySpan<byte> encoded, string name)
    {
        var data = new MemoryStream();
        var (isFirst, isAfterData) = (true, false);
        for (var rest = encoded[ImageDecoder.PngSignature.Length..]; rest.Length >= FrameBytes - 4;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            var type = rest.Slice(4, 4);
            var isData = type.SequenceEqual("IDAT"u8);
            if (length > rest.Length - (long)FrameBytes)
            {
                if (!isData)
                {
                    break;
                }

                var present = rest[8..];
                data.Write(present[..(int)Math.Min(length, present.Length)]);
                return Rewound(data, isWhole: false);
            }

            var chunk = rest.Slice(4, 4 + (int)length);
            if (type.SequenceEqual("IEND"u8))
            {
                break;
            }

            RequireIntact(chunk, BinaryPrimitives.ReadUInt32BigEndian(rest[(8 + (int)length)..]), isFirst, name);
            if (isData)
            {
                if (isAfterData)
                {
                    throw Damaged(name, "other data lies within that of its pixels");
                }

                data.Write(chunk[4..]);
            }

            (isFirst, isAfterData) = (false, !isData && data.Length > 0);
            rest = rest[(FrameBytes + (int)length)..];
        }

        return data.Length > 0 ? Rewound(data, isWhole: true) : throw Truncated(name);
    }

    public static UnreadableImageException Truncated(string name, Exception? cause = null) =>
        new(name, "the PNG data ends early; the file is truncated. Copy it again or leave it out.", cause);

    public static UnreadableImageException Damaged(string name, string what, Exception? cause = null) =>
        new(name, $"the PNG is damaged: {what}. Replace the file or leave it out.", cause);

    private static void RequireIntact(ReadOnlySpan<byte> chunk, uint checksum, bool isFirst, string name)
    {
        // A capital first letter says that the pixels cannot be had without the chunk.
        if ((chunk[0] & 0x20) != 0)
        {
            return;
        }

        if (!chunk.StartsWith("IDAT"u8) && !chunk.StartsWith("PLTE"u8) && !(isFirst && chunk.StartsWith("IHDR"u8)))
        {
            throw Damaged(name, "it has a chunk that its pixels depend on and that is unknown, or there twice");
        }

        if (Crc32.HashToUInt32(chunk) != checksum)
        {
            throw Damaged(name, "the checksum of a chunk is wrong");
        }
    }

    private static (MemoryStream Data, bool IsWhole) Rewound(MemoryStream data, bool isWhole)
    {
        data.Position = 0;
        return (data, isWhole);
    }
}
