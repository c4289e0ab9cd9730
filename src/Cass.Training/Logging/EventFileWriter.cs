using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Cass.Training;

/// <summary>
/// An event file of TensorBoard: TFRecords of <c>Event</c> messages. TorchSharp's own writer notes the start in ticks of
/// .NET, and leaves half a record behind on a full disk.
/// </summary>
/// <remarks>A record is its length, the masked CRC-32C of that, the message, and the masked CRC-32C of the message.</remarks>
internal sealed class EventFileWriter : IDisposable
{
    private static int count;

    private readonly FileStream stream;
    private long length;

    /// <exception cref="IOException">The file cannot be written.</exception>
    public EventFileWriter(string folder)
    {
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"events.out.tfevents.{DateTimeOffset.UtcNow.ToUnixTimeSeconds():D10}.{Environment.MachineName}.{Environment.ProcessId}.{Interlocked.Increment(ref count)}");
        Path = System.IO.Path.Combine(folder, name);
        stream = new FileStream(Path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        Append(Event(message => message.Text(3, "brain.Event:2")));
    }

    public string Path { get; }

    /// <summary>Appends a number. Where that fails, the file is as it was before.</summary>
    /// <exception cref="IOException">The record could not be written.</exception>
    public void Scalar(string tag, float value, long step)
    {
        var number = new Message().Text(1, tag).Single(2, value);
        var summary = new Message().Nested(1, number);
        Append(Event(message => message.Integer(2, step).Nested(5, summary)));
    }

    public void Dispose() => stream.Dispose();

    private static byte[] Event(Action<Message> write)
    {
        var message = new Message().Double(1, (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).TotalSeconds);
        write(message);
        return message.ToArray();
    }

    private void Append(byte[] message)
    {
        var record = new byte[16 + message.Length];
        BinaryPrimitives.WriteInt64LittleEndian(record, message.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(8), MaskedCrc(record.AsSpan(0, 8)));
        message.CopyTo(record.AsSpan(12));
        BinaryPrimitives.WriteUInt32LittleEndian(record.AsSpan(12 + message.Length), MaskedCrc(message));
        try
        {
            stream.Write(record);
        }
        catch (IOException)
        {
            stream.SetLength(length);
            throw;
        }

        length += record.Length;
    }

    private static uint MaskedCrc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return BitOperations.RotateRight(~crc, 15) + 0xA282EAD8;
    }

    /// <summary>A protocol-buffer message in the making.</summary>
    private sealed class Message
    {
        private const int Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5;

        private readonly List<byte> bytes = [];

        public Message Integer(int field, long value) => Tag(field, Varint).Number((ulong)value);

        public Message Double(int field, double value)
        {
            Tag(field, Fixed64);
            Span<byte> number = stackalloc byte[8];
            BinaryPrimitives.WriteDoubleLittleEndian(number, value);
            bytes.AddRange(number);
            return this;
        }

        public Message Single(int field, float value)
        {
            Tag(field, Fixed32);
            Span<byte> number = stackalloc byte[4];
            BinaryPrimitives.WriteSingleLittleEndian(number, value);
            bytes.AddRange(number);
            return this;
        }

        public Message Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

        public Message Nested(int field, Message value) => Bytes(field, value.ToArray());

        public byte[] ToArray() => [.. bytes];

        private Message Bytes(int field, byte[] value)
        {
            Tag(field, Delimited).Number((ulong)value.Length);
            bytes.AddRange(value);
            return this;
        }

        private Message Tag(int field, int type) => Number(((ulong)field << 3) | (uint)type);

        private Message Number(ulong value)
        {
            for (; value >= 0x80; value >>= 7)
            {
                bytes.Add((byte)(value | 0x80));
            }

            bytes.Add((byte)value);
            return this;
        }
    }
}
