using System.Text.Json;
using static TorchSharp.torch;

namespace Cass.Models;

/// <summary>Reads and checks a safetensors header. It allocates in proportion to the header and to nothing that the header claims.</summary>
internal sealed class SafetensorsHeader
{
    private const int MaxRank = 64;

    private SafetensorsHeader(IReadOnlyDictionary<string, string> metadata, IReadOnlyList<SafetensorsEntry> entries)
    {
        Metadata = metadata;
        Entries = entries;
    }

    public IReadOnlyDictionary<string, string> Metadata { get; }

    public IReadOnlyList<SafetensorsEntry> Entries { get; }

    /// <exception cref="FormatException">The header is not one of this format; the message completes a sentence that begins with the file.</exception>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long dataLength)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 64 });
            var header = Parse(ref reader);
            Check(header.Entries, dataLength);
            return header;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Utf8JsonReader.GetString throws InvalidOperationException for text that is not valid UTF-16.
            throw new FormatException($"has a header that is not valid JSON: {exception.Message}", exception);
        }
    }

    private static SafetensorsHeader Parse(ref Utf8JsonReader reader)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var entries = new List<SafetensorsEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new FormatException("has a header that is not a JSON object.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (!names.Add(name))
            {
                throw new FormatException($"names '{name}' twice.");
            }

            reader.Read();
            if (string.Equals(name, "__metadata__", StringComparison.Ordinal))
            {
                ReadMetadata(ref reader, metadata);
            }
            else
            {
                entries.Add(ReadEntry(ref reader, name));
            }
        }

        while (reader.Read())
        {
            throw new FormatException("has something after its header's JSON object.");
        }

        return new SafetensorsHeader(metadata, entries);
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, Dictionary<string, string> metadata)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return;
        }

        Require(reader.TokenType == JsonTokenType.StartObject, "has metadata that are not a JSON object.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            Require(reader.TokenType == JsonTokenType.String, $"has metadata '{key}' that are not text.");
            Require(metadata.TryAdd(key, reader.GetString()!), $"has the metadata '{key}' twice.");
        }
    }

    private static SafetensorsEntry ReadEntry(ref Utf8JsonReader reader, string name)
    {
        Require(reader.TokenType == JsonTokenType.StartObject, $"describes '{name}' by something that is not a JSON object.");
        string? type = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("dtype"u8))
            {
                reader.Read();
                Require(type is null && reader.TokenType == JsonTokenType.String, $"gives '{name}' no valid dtype.");
                type = reader.GetString();
            }
            else if (reader.ValueTextEquals("shape"u8))
            {
                Require(shape is null, $"gives '{name}' two shapes.");
                shape = ReadNumbers(ref reader, name, "shape", MaxRank);
            }
            else if (reader.ValueTextEquals("data_offsets"u8))
            {
                Require(offsets is null, $"gives '{name}' data_offsets twice.");
                offsets = ReadNumbers(ref reader, name, "data_offsets", 2);
            }
            else
            {
                // The format's own reader passes over what it does not know.
                reader.Skip();
            }
        }

        if (type is null || shape is null || offsets is not { Count: 2 })
        {
            throw new FormatException($"describes '{name}' without its dtype, shape or two data_offsets.");
        }

        var known = SafetensorsTypes.Find(type) ?? throw new FormatException($"gives '{name}' the dtype '{type}', which safetensors does not have.");
        Require(offsets[0] <= offsets[1], $"gives '{name}' data_offsets that run backwards.");
        var bits = Bits(shape, known.Bits);
        Require(
            bits is { } size && size % 8 == 0 && size / 8 == (ulong)(offsets[1] - offsets[0]),
            $"gives '{name}' data_offsets that do not agree with its dtype and shape.");
        return new SafetensorsEntry(new StateDictEntry(name, known.Type, type, shape), offsets[0], offsets[1]);
    }

    private static List<long> ReadNumbers(ref Utf8JsonReader reader, string name, string property, int limit)
    {
        reader.Read();
        Require(reader.TokenType == JsonTokenType.StartArray, $"gives '{name}' a {property} that is not a list.");
        var numbers = new List<long>(4);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0)
            {
                throw new FormatException($"gives '{name}' a {property} with something else than whole numbers from 0.");
            }

            Require(numbers.Count < limit, $"gives '{name}' a {property} of more than {limit} numbers.");
            numbers.Add(number);
        }

        return numbers;
    }

    /// <summary>
    /// The size of a tensor in bits, or null where it does not fit. A dimension of 0 makes it 0, but the others must
    /// still fit, because libtorch computes strides from them.
    /// </summary>
    private static ulong? Bits(List<long> shape, int bitsPerElement)
    {
        UInt128 size = (uint)bitsPerElement;
        var empty = false;
        foreach (var dimension in shape)
        {
            empty |= dimension == 0;
            size *= (ulong)Math.Max(dimension, 1);
            if (size > long.MaxValue)
            {
                return null;
            }
        }

        return empty ? 0 : (ulong)size;
    }

    /// <summary>The tensors must cover the data exactly: no gap, no overlap, nothing left over.</summary>
    private static void Check(IReadOnlyList<SafetensorsEntry> entries, long dataLength)
    {
        long end = 0;
        foreach (var entry in entries.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            Require(entry.Begin == end, $"places '{entry.Entry.Name}' at byte {entry.Begin} of the data, where byte {end} was due.");
            end = entry.End;
        }

        Require(
            end == dataLength,
            $"describes {end} bytes of data and has {dataLength}: it is truncated or damaged; download or write it again.");
    }

    private static void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw new FormatException(problem);
        }
    }
}
