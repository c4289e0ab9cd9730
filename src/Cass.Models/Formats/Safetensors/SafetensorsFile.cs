using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>
/// A file of named tensors in the safetensors format: an 8-byte little-endian header length, a JSON header, raw
/// little-endian data (format 1.0 of huggingface/safetensors). Reading maps the file into memory and copies each tensor
/// once, straight to where it belongs; no code is run and nothing is allocated that the file only claims.
/// </summary>
/// <remarks>Not for use from several threads at a time.</remarks>
public sealed class SafetensorsFile : IStateDictFile
{
    private const long MaxHeaderLength = 100_000_000;

    private readonly MappedFile file;
    private readonly long dataStart;
    private readonly Dictionary<string, SafetensorsEntry> entries;

    private SafetensorsFile(MappedFile file, long dataStart, SafetensorsHeader header)
    {
        this.file = file;
        this.dataStart = dataStart;
        Metadata = header.Metadata;
        Names = [.. header.Entries.Select(e => e.Entry.Name)];
        Entries = [.. header.Entries.Select(e => e.Entry)];
        entries = header.Entries.ToDictionary(e => e.Entry.Name, StringComparer.Ordinal);
    }

    /// <summary>The header's free text by key; empty where there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Types and shapes of the tensors, in the file's order.</summary>
    public IReadOnlyList<StateDictEntry> Entries { get; }

    /// <summary>Opens a file and checks its header; the data are read later.</summary>
    /// <param name="path">The file. It must not be shortened while it is open.</param>
    /// <returns>The open file; the caller disposes it.</returns>
    /// <exception cref="WeightFileException">It is not a valid safetensors file.</exception>
    /// <exception cref="CassInputException">It is not there or cannot be read.</exception>
    public static SafetensorsFile Open(string path)
    {
        var mapped = MappedFile.Open(path);
        try
        {
            return Open(mapped);
        }
        catch (FormatException exception)
        {
            mapped.Dispose();
            throw new WeightFileException(path, exception.Message, exception.InnerException);
        }
        catch
        {
            mapped.Dispose();
            throw;
        }
    }

    /// <summary>Writes tensors to a file, atomically and in the order given.</summary>
    /// <param name="path">The file; its folder is created where it is missing.</param>
    /// <param name="tensors">Names and tensors, of any device and layout. They are copied to the CPU one at a time.</param>
    /// <param name="metadata">Free text for the header; null for none.</param>
    /// <exception cref="ArgumentException">A name is empty, doubled, reserved or not valid text.</exception>
    /// <exception cref="CassInputException">A tensor's type has no name in the format (complex128 and quantised types).</exception>
    /// <exception cref="IOException">The file cannot be written; what was there before stays.</exception>
    public static void Write(string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        List<KeyValuePair<string, Tensor>> all = [.. tensors];
        var header = Header(all, metadata);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            stream.Write(length);
            stream.Write(header);
            using var ungraded = no_grad();
            foreach (var (_, tensor) in all)
            {
                WriteData(stream, tensor);
            }
        });
    }

    /// <inheritdoc/>
    public StateDictEntry Entry(string name) => Find(name).Entry;

    /// <inheritdoc/>
    public Tensor Read(string name)
    {
        var entry = Find(name);
        return StateDictReader.Read(entry.Entry, TypeOf(entry), tensor => file.Read(dataStart + entry.Begin, tensor));
    }

    /// <inheritdoc/>
    public void CopyTo(string name, Tensor destination)
    {
        var entry = Find(name);
        StateDictReader.CopyTo(entry.Entry, TypeOf(entry), destination, tensor => file.Read(dataStart + entry.Begin, tensor));
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static SafetensorsFile Open(MappedFile mapped)
    {
        if (mapped.Length < 10)
        {
            throw new FormatException($"is {mapped.Length} bytes long, too short for a safetensors file; download or write it again.");
        }

        Span<byte> prefix = stackalloc byte[9];
        mapped.Read(0, prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (prefix[8] != (byte)'{')
        {
            throw new FormatException("is not a safetensors file.");
        }

        if (length > MaxHeaderLength || (long)length > mapped.Length - 8)
        {
            throw new FormatException($"claims a header of {length} bytes in a file of {mapped.Length}: it is truncated or damaged; download or write it again.");
        }

        var start = 8 + (long)length;
        return new SafetensorsFile(mapped, start, SafetensorsHeader.Parse(mapped.Read(8, (int)length), mapped.Length - start));
    }

    private static byte[] Header(List<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                writer.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata)
                {
                    writer.WriteString(key, value);
                }

                writer.WriteEndObject();
            }

            var names = new HashSet<string>(StringComparer.Ordinal);
            long offset = 0;
            foreach (var (name, tensor) in tensors)
            {
                ArgumentException.ThrowIfNullOrEmpty(name, nameof(tensors));
                ArgumentNullException.ThrowIfNull(tensor, nameof(tensors));
                if (string.Equals(name, "__metadata__", StringComparison.Ordinal) || !names.Add(name))
                {
                    throw new ArgumentException($"The tensor name '{name}' is {(names.Contains(name) ? "given twice" : "reserved")}.", nameof(tensors));
                }

                var type = SafetensorsTypes.NameOf(tensor.dtype) ?? throw new CassInputException(
                    $"The tensor '{name}' is of type {tensor.dtype}, which safetensors does not have; convert it first.");
                var end = offset + (tensor.NumberOfElements * tensor.ElementSize);
                writer.WriteStartObject(name);
                writer.WriteString("dtype", type);
                writer.WriteStartArray("shape");
                foreach (var size in tensor.shape)
                {
                    writer.WriteNumberValue(size);
                }

                writer.WriteEndArray();
                writer.WriteStartArray("data_offsets");
                writer.WriteNumberValue(offset);
                writer.WriteNumberValue(end);
                writer.WriteEndArray();
                writer.WriteEndObject();
                offset = end;
            }

            writer.WriteEndObject();
        }

        // Padding with spaces keeps the data aligned to 8 bytes.
        while (buffer.Length % 8 != 0)
        {
            buffer.WriteByte((byte)' ');
        }

        return buffer.ToArray();
    }

    private static void WriteData(Stream stream, Tensor tensor)
    {
        const int PieceBytes = 1 << 27;
        using var scope = NewDisposeScope();
        var flat = tensor.detach().cpu().contiguous().view(-1);
        var piece = PieceBytes / flat.ElementSize;
        for (long start = 0; start < flat.NumberOfElements; start += piece)
        {
            using var part = flat.narrow(0, start, Math.Min(piece, flat.NumberOfElements - start));
            stream.Write(part.bytes);
        }
    }

    private SafetensorsEntry Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return entries.TryGetValue(name, out var entry) ? entry
            : throw new CassInputException($"'{file.Path}' has no tensor '{name}'{NearestNames.Suggest(name, Names, otherwise: ".")}");
    }

    private ScalarType TypeOf(SafetensorsEntry entry) => entry.Entry.Type
        ?? throw new WeightFileException(file.Path, $"holds '{entry.Entry.Name}' as {entry.Entry.TypeName}, which TorchSharp does not have; convert it first.");
}
