using System.Buffers.Binary;
using System.Text;

namespace Cass.Tests.Recording;

/// <summary>
/// Reads TensorBoard's event files by their description alone: records of a length, its masked CRC-32C, the data and their
/// masked CRC-32C (TensorFlow's TFRecord), each record a protocol buffer 'Event' (wall_time 1, step 2, summary 5), whose
/// values have a tag (1) and a number (2).
/// </summary>
internal static class EventFile
{
    public static IEnumerable<(string Tag, long Step, float Value)> Scalars(string path) => Records(path).SelectMany(Scalars);

    /// <summary>When each record was written, in seconds since 1970.</summary>
    public static IEnumerable<double> WallTimes(string path) =>
        Records(path).Select(record => BinaryPrimitives.ReadDoubleLittleEndian(Fields(record).First(f => f.Number == 1).Data));

    private static IEnumerable<byte[]> Records(string path)
    {
        using var stream = File.OpenRead(path);
        using var reader = new BinaryReader(stream);
        while (stream.Position < stream.Length)
        {
            var header = reader.ReadBytes(8);
            Require(header, reader.ReadUInt32());
            var record = reader.ReadBytes((int)BinaryPrimitives.ReadUInt64LittleEndian(header));
            Require(record, reader.ReadUInt32());
            yield return record;
        }
    }

    /// <summary>The Castagnoli polynomial, reflected, a bit at a time.</summary>
    public static uint Crc32C(ReadOnlySpan<byte> data)
    {
        var crc = uint.MaxValue;
        foreach (var octet in data)
        {
            crc ^= octet;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) == 0 ? 0 : 0x82F63B78);
            }
        }

        return ~crc;
    }

    private static void Require(byte[] data, uint masked)
    {
        var rotated = unchecked(masked - 0xA282EAD8);
        var expected = (rotated >> 17) | (rotated << 15);
        if (Crc32C(data) != expected)
        {
            throw new InvalidDataException("A record's checksum does not match.");
        }
    }

    private static IEnumerable<(string Tag, long Step, float Value)> Scalars(byte[] record)
    {
        var fields = Fields(record).ToList();
        var step = fields.Where(f => f.Number == 2).Select(f => (long)f.Value).FirstOrDefault();
        foreach (var summary in fields.Where(f => f.Number == 5))
        {
            foreach (var value in Fields(summary.Data).Where(f => f.Number == 1))
            {
                var parts = Fields(value.Data).ToList();
                var number = parts.Find(f => f is { Number: 2, Data.Length: 4 });
                if (number.Data is not null)
                {
                    yield return (Encoding.UTF8.GetString(parts.First(f => f.Number == 1).Data), step, BinaryPrimitives.ReadSingleLittleEndian(number.Data));
                }
            }
        }
    }

    private static IEnumerable<(int Number, ulong Value, byte[] Data)> Fields(byte[] message)
    {
        for (var at = 0; at < message.Length;)
        {
            var key = Varint(message, ref at);
            var (number, kind) = ((int)(key >> 3), (int)(key & 7));
            switch (kind)
            {
                case 0:
                    yield return (number, Varint(message, ref at), []);
                    break;
                case 1:
                    yield return (number, 0, message[at..(at += 8)]);
                    break;
                case 2:
                    var length = (int)Varint(message, ref at);
                    yield return (number, 0, message[at..(at += length)]);
                    break;
                case 5:
                    yield return (number, 0, message[at..(at += 4)]);
                    break;
                default:
                    throw new InvalidDataException($"Wire type {kind} is unknown.");
            }
        }
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var octet = message[at++];
            value |= (ulong)(octet & 127) << shift;
            if (octet < 128)
            {
                return value;
            }
        }
    }
}
