using System.Buffers.Binary;
using System.Text;

namespace Cass.Models;

/// <summary>
/// Finds the entries of a zip archive as PyTorch writes it: stored, not compressed, not encrypted, in one part
/// (PKWARE APPNOTE 6.3, with its 64-bit extensions). Nothing is unpacked, so an archive cannot grow, and no name leads
/// anywhere.
/// </summary>
internal static class ZipDirectory
{
    private const uint EndSignature = 0x06054b50;
    private const uint End64Signature = 0x06064b50;
    private const uint End64LocatorSignature = 0x07064b50;
    private const uint EntrySignature = 0x02014b50;
    private const uint LocalSignature = 0x04034b50;
    private const int EndLength = 22;
    private const int MaxComment = ushort.MaxValue;
    private const int MaxDirectory = 64 << 20;

    /// <exception cref="FormatException">It is not such an archive; the message completes a sentence that begins with the file.</exception>
    public static Dictionary<string, ZipRecord> Read(MappedFile file)
    {
        var (offset, length, count) = FindDirectory(file);
        if (offset < 0 || length < 0 || length > MaxDirectory || offset > file.Length - length)
        {
            throw new FormatException("has a zip directory outside of the file: it is truncated or damaged; download or write it again.");
        }

        var directory = file.Read(offset, (int)length);
        var records = new Dictionary<string, ZipRecord>(StringComparer.Ordinal);
        var position = 0;
        for (ulong i = 0; i < count; i++)
        {
            var record = ReadEntry(file, directory, ref position, offset);
            if (!records.TryAdd(record.Name, record))
            {
                throw new FormatException($"has two zip entries '{record.Name}'.");
            }
        }

        RequireDisjoint(records.Values);
        return records;
    }

    private static (long Offset, long Length, ulong Count) FindDirectory(MappedFile file)
    {
        var tailLength = (int)Math.Min(file.Length, EndLength + MaxComment);
        var tail = file.Read(file.Length - tailLength, tailLength);
        for (var i = tailLength - EndLength; i >= 0; i--)
        {
            var end = tail.AsSpan(i);
            if (BinaryPrimitives.ReadUInt32LittleEndian(end) != EndSignature || BinaryPrimitives.ReadUInt16LittleEndian(end[20..]) != end.Length - EndLength)
            {
                continue;
            }

            ulong count = BinaryPrimitives.ReadUInt16LittleEndian(end[10..]);
            long length = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]);
            long offset = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
            if (count != ushort.MaxValue && length != uint.MaxValue && offset != uint.MaxValue)
            {
                return (offset, length, count);
            }

            return FindDirectory64(file, file.Length - tailLength + i) ?? (offset, length, count);
        }

        throw new FormatException("is a zip archive without a directory: it is truncated or damaged; download or write it again.");
    }

    private static (long Offset, long Length, ulong Count)? FindDirectory64(MappedFile file, long end)
    {
        const int LocatorLength = 20;
        const int RecordLength = 56;
        if (end < LocatorLength)
        {
            return null;
        }

        var locator = file.Read(end - LocatorLength, LocatorLength);
        if (BinaryPrimitives.ReadUInt32LittleEndian(locator) != End64LocatorSignature)
        {
            return null;
        }

        var position = BinaryPrimitives.ReadInt64LittleEndian(locator.AsSpan(8));
        if (position < 0 || position > file.Length - RecordLength)
        {
            throw new FormatException("has a 64-bit zip directory outside of the file.");
        }

        var record = file.Read(position, RecordLength);
        if (BinaryPrimitives.ReadUInt32LittleEndian(record) != End64Signature)
        {
            throw new FormatException("has a damaged 64-bit zip directory.");
        }

        return (
            BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(48)),
            BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(40)),
            BinaryPrimitives.ReadUInt64LittleEndian(record.AsSpan(32)));
    }

    private static ZipRecord ReadEntry(MappedFile file, byte[] directory, ref int position, long directoryOffset)
    {
        const int FixedLength = 46;
        Require(directory.Length - position >= FixedLength, "has a zip directory that ends in the middle of an entry.");
        var entry = directory.AsSpan(position);
        Require(BinaryPrimitives.ReadUInt32LittleEndian(entry) == EntrySignature, "has a damaged zip directory.");
        var flags = BinaryPrimitives.ReadUInt16LittleEndian(entry[8..]);
        var method = BinaryPrimitives.ReadUInt16LittleEndian(entry[10..]);
        long stored = BinaryPrimitives.ReadUInt32LittleEndian(entry[20..]);
        long length = BinaryPrimitives.ReadUInt32LittleEndian(entry[24..]);
        var nameLength = BinaryPrimitives.ReadUInt16LittleEndian(entry[28..]);
        var extraLength = BinaryPrimitives.ReadUInt16LittleEndian(entry[30..]);
        var commentLength = BinaryPrimitives.ReadUInt16LittleEndian(entry[32..]);
        long local = BinaryPrimitives.ReadUInt32LittleEndian(entry[42..]);
        var total = FixedLength + nameLength + extraLength + commentLength;
        Require(entry.Length >= total, "has a zip directory that ends in the middle of an entry.");
        var name = Encoding.UTF8.GetString(entry.Slice(FixedLength, nameLength));
        ReadExtra(entry.Slice(FixedLength + nameLength, extraLength), ref length, ref stored, ref local);
        position += total;

        Require((flags & 1) == 0, $"has an encrypted zip entry '{name}'.");
        Require(
            method == 0 && stored == length,
            $"has a compressed zip entry '{name}'; PyTorch stores its entries uncompressed. Load and save the file again with PyTorch.");
        const int LocalLength = 30;
        Require(local >= 0 && local <= file.Length - LocalLength, $"has a zip entry '{name}' outside of the file.");
        var header = file.Read(local, LocalLength);
        Require(BinaryPrimitives.ReadUInt32LittleEndian(header) == LocalSignature, $"has a damaged zip entry '{name}'.");
        var offset = local + LocalLength + BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(26)) + BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(28));
        Require(length >= 0 && offset <= directoryOffset && length <= directoryOffset - offset, $"has a zip entry '{name}' outside of the file.");
        return new ZipRecord(name, offset, length);
    }

    /// <summary>The 64-bit values stand in the extra field, in this order, for those that are all ones in the entry.</summary>
    private static void ReadExtra(ReadOnlySpan<byte> extra, ref long length, ref long stored, ref long local)
    {
        while (extra.Length >= 4)
        {
            var id = BinaryPrimitives.ReadUInt16LittleEndian(extra);
            var size = BinaryPrimitives.ReadUInt16LittleEndian(extra[2..]);
            extra = extra[4..];
            Require(size <= extra.Length, "has a damaged zip directory.");
            if (id == 1)
            {
                var values = extra[..size];
                Take(ref values, ref length);
                Take(ref values, ref stored);
                Take(ref values, ref local);
                return;
            }

            extra = extra[size..];
        }

        static void Take(ref ReadOnlySpan<byte> values, ref long value)
        {
            if (value == uint.MaxValue && values.Length >= 8)
            {
                value = BinaryPrimitives.ReadInt64LittleEndian(values);
                values = values[8..];
            }
        }
    }

    private static void RequireDisjoint(IEnumerable<ZipRecord> records)
    {
        long end = 0;
        foreach (var record in records.Where(r => r.Length > 0).OrderBy(r => r.Offset))
        {
            Require(record.Offset >= end, $"has overlapping zip entries; '{record.Name}' is one.");
            end = record.Offset + record.Length;
        }
    }

    private static void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw new FormatException(problem);
        }
    }
}
