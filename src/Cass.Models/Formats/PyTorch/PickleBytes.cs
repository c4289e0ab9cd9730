using System.Buffers.Binary;
using System.Text;

namespace Cass.Models;

/// <summary>Reads the bytes of a pickle in order, never beyond a limit and never allocating more than is there.</summary>
internal sealed class PickleBytes(MappedFile file, long start, long end)
{
    private readonly byte[] buffer = new byte[(int)Math.Min(end - start, 1 << 16)];
    private long bufferStart = start;
    private int filled;
    private int position;

    /// <summary>Position in the file of the next byte.</summary>
    public long Position => bufferStart + position;

    private long Remaining => end - Position;

    public byte ReadByte()
    {
        if (position == filled)
        {
            bufferStart += filled;
            filled = (int)Math.Min(buffer.Length, end - bufferStart);
            position = 0;
            if (filled == 0)
            {
                throw Truncated();
            }

            file.Read(bufferStart, buffer.AsSpan(0, filled));
        }

        return buffer[position++];
    }

    public void Read(Span<byte> destination)
    {
        for (var i = 0; i < destination.Length; i++)
        {
            destination[i] = ReadByte();
        }
    }

    public int ReadUInt16()
    {
        Span<byte> bytes = stackalloc byte[2];
        Read(bytes);
        return BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    public int ReadInt32()
    {
        Span<byte> bytes = stackalloc byte[4];
        Read(bytes);
        return BinaryPrimitives.ReadInt32LittleEndian(bytes);
    }

    public uint ReadUInt32() => unchecked((uint)ReadInt32());

    public long ReadInt64()
    {
        Span<byte> bytes = stackalloc byte[8];
        Read(bytes);
        return BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    public double ReadBigEndianDouble()
    {
        Span<byte> bytes = stackalloc byte[8];
        Read(bytes);
        return BinaryPrimitives.ReadDoubleBigEndian(bytes);
    }

    /// <summary>Passes over bytes without reading them.</summary>
    public void Skip(ulong length)
    {
        if (length > (ulong)Remaining)
        {
            throw Truncated();
        }

        if (length <= (ulong)(filled - position))
        {
            // What is read already stays: a file of nothing but short strings would be read again for each.
            position += (int)length;
            return;
        }

        bufferStart = Position + (long)length;
        position = filled = 0;
    }

    public string ReadText(int length)
    {
        if (length > Remaining)
        {
            throw Truncated();
        }

        var bytes = new byte[length];
        Read(bytes);
        return Encoding.UTF8.GetString(bytes);
    }

    public string ReadLine()
    {
        var text = new StringBuilder();
        for (var next = ReadByte(); next != '\n'; next = ReadByte())
        {
            text.Append((char)next);
            if (text.Length > PickleReader.MaxTextLength)
            {
                throw new FormatException("has a line of text that does not end.");
            }
        }

        return text.ToString();
    }

    private static FormatException Truncated() => new("ends in the middle of its description: it is truncated or damaged; download or write it again.");
}
